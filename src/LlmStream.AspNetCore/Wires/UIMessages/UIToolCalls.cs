using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>The calls of tools that the browser or the server runs, and the results of the latter.</summary>
internal sealed class UIToolCalls(UIMessageChunks chunks, UIMessageStep step, string messageId)
{
    private const string UnknownTool = "unknown";

    private readonly List<UIToolCall> _calls = [];

    /// <summary>Adds a fragment of a call.</summary>
    /// <exception cref="RewriteNotSupportedException">The call is complete, and the fragment changes it.</exception>
    public void Add(ToolCallDelta fragment, ChatStreamInfo stream)
    {
        UIToolCall call = GetOrAdd(fragment.Index);
        // As everywhere in the library, what follows the end of a call is ignored.
        if (call.IsComplete) return;
        if (!string.IsNullOrEmpty(fragment.Id)) call.ProviderId ??= fragment.Id;
        if (!string.IsNullOrWhiteSpace(fragment.Name)) call.Name ??= fragment.Name;
        bool isRewrite = fragment.ArgumentsOffset < call.Arguments.Length;
        if (isRewrite) call.Arguments.Length = Math.Max(fragment.ArgumentsOffset, 0);
        call.Arguments.Append(fragment.Arguments);

        // A second start discards the input so far, in all versions of the client.
        if (call.Id is null || isRewrite) TryStart(call, stream, fragment.IsComplete);
        else if (fragment.Arguments.Length > 0) chunks.WriteDelta(call.InputDelta, fragment.Arguments);
        if (fragment.IsComplete) Complete(call, isCutOff: false);
    }

    /// <summary>Adds the call of a content that holds it whole.</summary>
    /// <returns>The id that the browser knows.</returns>
    public string Add(FunctionCallContent content)
    {
        if (Find(content.CallId) is { Id: { } known }) return known;
        var call = new UIToolCall(_calls.Count == 0 ? 0 : _calls.Max(other => other.Index) + 1)
        {
            ProviderId = content.CallId,
            Name = content.Name,
        };
        call.Arguments.Append(Encoding.UTF8.GetString(UIJson.Serialize(content.Arguments)));
        _calls.Add(call);
        Complete(call, isCutOff: false);
        return call.Id!;
    }

    /// <summary>Adds the result of a tool that the server ran. Ends the step, unless another of its calls is incomplete.</summary>
    public void AddResult(FunctionResultContent result)
    {
        // The client ends with an error at the result of a call that it does not know.
        if (Find(result.CallId) is not { HasResult: false } call) return;
        Complete(call, isCutOff: false);
        call.HasResult = true;
        // What the exception says is not for the browser.
        if (result.Exception is not null) chunks.WriteOutputError(call.Id!, "The tool failed.");
        else chunks.WriteOutputAvailable(call.Id!, UIJson.Serialize(result.Result));
        // The client looks for an incomplete call only in the current step.
        if (!_calls.Exists(other => other is { Id: not null, IsComplete: false })) step.End();
    }

    /// <summary>Ends the calls of an answer that is complete.</summary>
    /// <param name="isCutOff">Whether the answer, and perhaps a call, was cut off by a limit or a filter.</param>
    public void Complete(bool isCutOff)
    {
        foreach (UIToolCall call in _calls) Complete(call, isCutOff);
    }

    /// <summary>Sends a call again, after its step was reset.</summary>
    public void Resend(UIToolCall call)
    {
        step.Add(call);
        Start(call);
    }

    private UIToolCall GetOrAdd(int index)
    {
        foreach (UIToolCall known in _calls)
        {
            if (known.Index == index) return known;
        }

        var call = new UIToolCall(index);
        _calls.Add(call);
        return call;
    }

    // An id may occur again in a later message of the same stream.
    private UIToolCall? Find(string? id) =>
        _calls.FindLast(call => call.ProviderId == id && !call.HasResult) ?? _calls.FindLast(call => call.Id == id && id is not null);

    private void TryStart(UIToolCall call, ChatStreamInfo stream, bool isComplete)
    {
        // An id comes before the arguments, if it comes.
        if (call.Name is null || (call.ProviderId is null && call.Arguments.Length == 0 && !isComplete)) return;
        if (call.Id is null)
        {
            call.Id = IdOf(call, stream);
            step.Add(call);
        }

        Start(call);
    }

    private void Start(UIToolCall call)
    {
        chunks.WriteInputStart(call.Id!, call.Name!);
        if (call.Arguments.Length > 0) chunks.WriteDelta(call.InputDelta, call.Arguments.ToString());
    }

    private void Complete(UIToolCall call, bool isCutOff)
    {
        if (call.IsComplete) return;
        if (call.Id is null)
        {
            call.Id = IdOf(call, stream: null);
            step.Add(call);
        }

        call.IsComplete = true;
        string arguments = call.Arguments.ToString();
        if (call.Name is null)
            chunks.WriteInputError(call.Id, UnknownTool, arguments, "The model did not say which tool to call.");
        else if (InputOf(arguments, isCutOff) is { } input)
            chunks.WriteInputAvailable(call.Id, call.Name, input);
        else
            chunks.WriteInputError(call.Id, call.Name, arguments, "The arguments of the call are not a valid JSON object.");
    }

    // Null if the arguments are not valid. Empty arguments are normal for a tool without parameters, but not if the answer was cut off
    // before they arrived.
    private static byte[]? InputOf(string arguments, bool isCutOff)
    {
        if (string.IsNullOrWhiteSpace(arguments)) return isCutOff ? null : [.. "{}"u8];
        byte[] json = Encoding.UTF8.GetBytes(arguments);
        return UIJson.KindOf(json) switch
        {
            JsonTokenType.StartObject when UIJson.IsAccepted(json) => UIJson.RemoveWhiteSpace(json),
            JsonTokenType.Null => [.. "{}"u8],
            _ => null,
        };
    }

    private string IdOf(UIToolCall call, ChatStreamInfo? stream)
    {
        // Two calls with one id would be one part.
        if (call.ProviderId is { } id)
            return _calls.Exists(other => other.Id == id && !other.HasResult) ? $"{id}_{call.Index}" : id;
        // The same as ChatStreamResult.ToChatMessage makes up, so that the application finds it in what it stored.
        string letters = new([.. (stream?.Id ?? stream?.RequestId ?? messageId).Where(char.IsAsciiLetterOrDigit)]);
        return $"call_{letters[Math.Max(0, letters.Length - 24)..]}_{call.Index}";
    }
}
