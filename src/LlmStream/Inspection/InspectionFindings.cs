namespace LlmStream.Inspection;

/// <summary>Finds what is unusual about a stream.</summary>
internal static class InspectionFindings
{
    public static IReadOnlyList<StreamFinding> Find(InspectedStream stream)
    {
        var findings = new FindingList();
        AnswerFindings.Add(stream, findings);
        EndingFindings.Add(stream, findings);
        EventFindings.Add(stream, findings);
        FramingFindings.Add(stream, findings);
        return findings.AsReadOnly();
    }
}
