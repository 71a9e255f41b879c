namespace LlmStream.Relay.Format;

/// <summary>
/// The version of the records' form: their first byte. It is raised when a reader that does not know a new field must not skip it. Readers
/// read all earlier versions. A field that may be skipped does not need a new version.
/// </summary>
internal static class RecordVersion
{
    public const byte Current = 1;

    /// <summary>Checks the version of a record.</summary>
    /// <exception cref="FormatException">It is unknown.</exception>
    public static void Check(byte version)
    {
        if (version is >= 1 and <= Current) return;
        throw new FormatException(
            $"A record of a kept stream has the form {version}; this version of LlmStream.Relay reads forms up to {Current}. "
            + "Update the nodes that read before those that write.");
    }
}
