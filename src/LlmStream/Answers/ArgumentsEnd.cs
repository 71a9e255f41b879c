using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Answers;

/// <summary>Finds the end of the JSON object that the arguments of a call are, while they grow. Each character is read once.</summary>
/// <remarks>Invariant: <c>_length</c> characters were read; after them the nesting is <c>_depth</c> levels deep.</remarks>
internal struct ArgumentsEnd
{
    private int _length;
    private int _depth;
    private bool _inString;
    private bool _isEscaped;
    private bool _isInvalid; // what was read was replaced, so that the state is not that of the text
    private bool _isMalformed; // no JSON object, and what follows its end does not change that

    /// <summary>Whether the object is complete. False if that is not certain.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether a text is a complete JSON object.</summary>
    public static bool IsObject(string text) => Parse(text) is JsonObject;

    /// <summary>Whether the arguments, which have ended, are the same JSON object as another text.</summary>
    /// <remarks>
    /// All arguments are parsed only if the other text is an object, and never again once they are found to be malformed: after a model
    /// that goes on after the end of the object, each fragment would otherwise take the time of all before it.
    /// </remarks>
    public bool IsEqual(GrowingText arguments, string other)
    {
        Debug.Assert(HasEnded, "What grows is not compared");
        if (_isMalformed || Parse(other) is not JsonObject second) return false;
        if (Parse(arguments.ToString()) is not JsonObject first)
        {
            _isMalformed = true;
            return false;
        }

        try
        {
            return JsonNode.DeepEquals(first, second);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false; // a property occurs twice, or a string is not valid Unicode
        }
    }

    /// <summary>Reads a piece of the arguments.</summary>
    public void Take(in TextPiece piece)
    {
        if (piece.Offset == 0) this = default;
        else if (piece.Offset != _length || _isInvalid)
        {
            _isInvalid = true;
            HasEnded = false;
            return;
        }

        _length += piece.Text.Length;
        foreach (char c in piece.Text)
        {
            if (_isEscaped) _isEscaped = false;
            else if (_inString)
            {
                if (c == '\\') _isEscaped = true;
                else if (c == '"') _inString = false;
            }
            else if (c == '"') _inString = true;
            else if (c is '{' or '[') _depth++;
            else if (c is '}' or ']' && --_depth == 0) HasEnded = true;
        }
    }

    private static JsonNode? Parse(string text)
    {
        try
        {
            return text.AsSpan().Trim() is ['{', .., '}'] ? JsonNode.Parse(text) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
