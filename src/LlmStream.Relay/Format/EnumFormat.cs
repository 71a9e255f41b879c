namespace LlmStream.Relay.Format;

/// <summary>Members of enums, which are written by name, so that they keep their meaning if the enum changes.</summary>
internal static class EnumFormat
{
    /// <param name="name">The name.</param>
    /// <param name="fallback">The value to use for a member that this version does not have.</param>
    public static T Read<T>(string name, T fallback)
        where T : struct, Enum => Enum.TryParse(name, out T value) ? value : fallback;
}
