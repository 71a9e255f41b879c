using System.Buffers;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Gemini;

/// <summary>
/// The function calls of one candidate. Usually a part holds a whole call. With <c>streamFunctionCallArguments</c>, Vertex AI
/// starts a call with its name, continues with pieces of its arguments, and ends it with an empty part.
/// </summary>
internal sealed class GeminiCalls(int choiceIndex)
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    // The call that will continue, or null.
    private GeminiArguments? _open;
    private string? _openName;
    private string? _openId;
    private int _count;

    public int ChoiceIndex { get; } = choiceIndex;

    /// <summary>Reads one <c>functionCall</c>. The reader is on its start, and is not used afterwards.</summary>
    public void Read(ref Utf8JsonReader reader, ChoiceBuilder choice)
    {
        var fragment = new ToolCallFragment();
        Utf8JsonReader arguments = default, pieces = default;
        bool hasArguments = false, hasPieces = false, willContinue = false;
        while (reader.NextProperty())
        {
            if (reader.Is("name"u8)) fragment.Name = reader.ReadName();
            else if (reader.Is("id"u8)) fragment.Id = reader.ReadName();
            else
            {
                bool isArguments = reader.Is("args"u8), isPieces = reader.Is("partialArgs"u8) || reader.Is("partial_args"u8);
                bool isContinue = reader.Is("willContinue"u8) || reader.Is("will_continue"u8);
                reader.Read();
                if (isArguments)
                {
                    arguments = reader;
                    hasArguments = reader.TokenType != JsonTokenType.Null;
                }
                else if (isPieces)
                {
                    pieces = reader;
                    hasPieces = reader.TokenType == JsonTokenType.StartArray;
                }
                else if (isContinue) willContinue = reader.TokenType == JsonTokenType.True;

                reader.Skip();
            }
        }

        // A piece continues the open call if it has no name, or if it repeats the name and has more arguments.
        bool isNamed = fragment.Name is not null;
        bool goesOn = _open is not null && !hasArguments
            && (!isNamed || (hasPieces && string.Equals(fragment.Name, _openName, StringComparison.Ordinal)))
            && (fragment.Id is null || string.Equals(fragment.Id, _openId, StringComparison.Ordinal));
        if (!goesOn && !hasArguments && !hasPieces && !isNamed) return;

        if (goesOn) fragment.Name = null;
        else
        {
            (_open, _openName, _openId) = (new GeminiArguments(), fragment.Name, fragment.Id);
            _count++;
        }

        // Each part is a call by itself, except if a whole call comes again under its id.
        bool mayRepeat = hasArguments && fragment.Id is { } id && !_ids.Add(id);
        if (!mayRepeat) fragment.ProviderIndex = _count - 1;

        _text.ResetWrittenCount();
        if (hasArguments) ReadArguments(ref fragment, ref arguments, _text);
        else
        {
            if (hasPieces) _open!.Append(ref pieces, _text);
            if (!willContinue) _open!.Close(_text);
            fragment.Arguments = _text.WrittenSpan;
        }

        fragment.IsComplete = hasArguments || !willContinue;
        if (fragment.IsComplete) _open = null;
        choice.AddToolCall(fragment);
    }

    /// <summary>Reads complete arguments: an object or, from some servers, its JSON text.</summary>
    /// <param name="fragment">The fragment that gets them.</param>
    /// <param name="value">A reader that is on them.</param>
    /// <param name="text">The buffer of their text, which must live as long as the fragment.</param>
    public static void ReadArguments(ref ToolCallFragment fragment, ref Utf8JsonReader value, ArrayBufferWriter<byte> text)
    {
        if (value.TokenType == JsonTokenType.String)
        {
            fragment.Arguments = value.ValueSpan;
            fragment.ArgumentsAreEscaped = value.ValueIsEscaped;
            return;
        }

        CompactJson.Write(ref value, text);
        fragment.Arguments = text.WrittenSpan;
    }
}
