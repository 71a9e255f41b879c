using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <summary>The arguments of a call of a client, by which another process can continue its answer.</summary>
internal sealed class ChatCall
{
    private readonly string? _prompt;
    private IReadOnlyList<ChatMessage>? _messages;

    /// <summary>Creates the description of a call.</summary>
    /// <param name="client">The client.</param>
    /// <param name="provider">The name of the provider.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="options">The options, or null.</param>
    public ChatCall(object client, string provider, IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        Client = client;
        Provider = provider;
        Options = options;
        _messages = messages;
    }

    /// <summary>Creates the description of a call with only a prompt.</summary>
    public ChatCall(object client, string provider, string prompt)
    {
        Client = client;
        Provider = provider;
        _prompt = prompt;
    }

    /// <summary>The client.</summary>
    public object Client { get; }

    /// <summary>The name of the provider.</summary>
    public string Provider { get; }

    /// <summary>The messages.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages ??= [new ChatMessage(ChatRole.User, _prompt)];

    /// <summary>The options, or null.</summary>
    public ChatOptions? Options { get; }
}
