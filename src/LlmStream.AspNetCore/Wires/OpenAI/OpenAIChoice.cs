using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>What was sent of one choice, and what is held back until its end.</summary>
internal sealed class OpenAIChoice(int index)
{
    public SentLength TextSent;
    public SentLength ReasoningSent;
    public SentLength RefusalSent;

    private readonly List<OpenAIToolCall> _calls = [];

    public int Index { get; } = index;

    public bool HasRole { get; set; }

    public ChatFinishReason? FinishReason { get; set; }

    public int ImageCount { get; set; }

    /// <summary>How many calls were sent, which is the index of the next.</summary>
    public int SentCallCount { get; set; }

    public List<CitationAnnotation> Citations { get; } = [];

    /// <summary>The beginning of a chunk, and of which version of the answer's head.</summary>
    public byte[]? Head { get; set; }

    public int HeadVersion { get; set; }

    /// <summary>The beginning of a chunk with text, by <see cref="OpenAIText"/>; of the same version.</summary>
    public byte[]?[] TextHeads { get; } = new byte[]?[Enum.GetValues<OpenAIText>().Length];

    /// <summary>The calls that were held back and that the client has to run.</summary>
    public IEnumerable<OpenAIToolCall> PendingCalls => _calls.Where(call => call is { IsSent: false, HasResult: false, HasName: true });

    /// <summary>Whether the client was sent a call to which the server has no result.</summary>
    public bool HasCallsToRun => _calls.Exists(call => call is { IsSent: true, HasResult: false });

    public OpenAIToolCall GetOrAddCall(int callIndex)
    {
        foreach (OpenAIToolCall known in _calls)
        {
            if (known.Index == callIndex) return known;
        }

        var call = new OpenAIToolCall(callIndex);
        _calls.Add(call);
        return call;
    }

    /// <summary>Takes note that the server ran a tool. If an id is used twice, the results come in the order of the calls.</summary>
    public void AddResult(FunctionResultContent result)
    {
        if (_calls.Find(call => !call.HasResult && call.Id == result.CallId) is { } answered) answered.HasResult = true;
    }
}
