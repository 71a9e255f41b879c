namespace LlmStream.Relay;

/// <summary>The names by which the nodes of an application know its clients.</summary>
internal interface IClientNames
{
    /// <summary>Finds the name of a client.</summary>
    /// <param name="client">The client.</param>
    /// <param name="name">The name; null for the client that is registered without one.</param>
    /// <returns>False if other nodes could not find the client.</returns>
    bool TryGetName(LlmStreamClient client, out string? name);

    /// <summary>Finds the client that has a name; null if there is none.</summary>
    /// <param name="name">The name; null for the client that is registered without one.</param>
    LlmStreamClient? Find(string? name);
}
