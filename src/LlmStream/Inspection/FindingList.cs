using System.Collections.ObjectModel;

namespace LlmStream.Inspection;

/// <summary>Collects findings.</summary>
internal sealed class FindingList
{
    private readonly List<StreamFinding> _findings = [];

    public void Add(
        StreamFindingCode code,
        string message,
        int count = 1,
        IReadOnlyDictionary<string, int>? values = null,
        ChatChoice? choice = null) =>
        _findings.Add(new StreamFinding(code, message, count, values ?? ReadOnlyDictionary<string, int>.Empty, choice?.Index));

    /// <summary>Adds a finding about one name or text.</summary>
    public void Add(StreamFindingCode code, string message, string value, int count = 1, ChatChoice? choice = null) =>
        Add(code, message, count, new Dictionary<string, int>(StringComparer.Ordinal) { [value] = count }, choice);

    public IReadOnlyList<StreamFinding> AsReadOnly() => _findings.AsReadOnly();
}
