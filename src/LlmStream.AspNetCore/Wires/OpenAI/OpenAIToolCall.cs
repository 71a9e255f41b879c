using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>A tool call of a streamed choice: sent by fragment, or held back because it arrived whole.</summary>
/// <remarks>
/// Whether the server runs the tool of a call is known only later, when its result comes. A call that arrives in one piece loses nothing
/// by waiting; one that arrives by fragment is sent at once, so that clients can show it as it grows.
/// </remarks>
internal sealed class OpenAIToolCall(int index)
{
    private SentLength _arguments;
    private StringBuilder? _held;
    private bool _isWhole;
    private bool _hasBegun;

    public int Index { get; } = index;

    public string? Id { get; private set; }

    public string? Name { get; private set; }

    public bool HasName => !string.IsNullOrEmpty(Name);

    /// <summary>The index in the client's list of calls; -1 until the call is sent.</summary>
    public int SentIndex { get; set; } = -1;

    public bool IsSent => SentIndex >= 0;

    /// <summary>The beginning of a chunk with a fragment, and of which version of the answer's head.</summary>
    public byte[]? Head { get; set; }

    public int HeadVersion { get; set; }

    /// <summary>Whether the server ran the tool.</summary>
    public bool HasResult { get; set; }

    /// <summary>The arguments that were not sent.</summary>
    public string HeldArguments => _held?.ToString() ?? "";

    /// <summary>Adds a fragment.</summary>
    /// <returns>The arguments that can be sent now; null if the call is held back.</returns>
    /// <exception cref="RewriteNotSupportedException">The fragment replaces arguments that were sent.</exception>
    public string? Add(ToolCallDelta fragment)
    {
        Id ??= fragment.Id;
        Name ??= fragment.Name;
        if (!_hasBegun) _isWhole = fragment.IsComplete && HasName;
        _hasBegun = true;
        if (IsSent)
        {
            if (!_arguments.TryAdvance(fragment.Arguments, fragment.ArgumentsOffset)) throw new RewriteNotSupportedException();
            return fragment.Arguments;
        }

        if (_held is null && !_isWhole && HasName)
        {
            _arguments.TryAdvance(fragment.Arguments, fragment.ArgumentsOffset);
            return fragment.Arguments;
        }

        _held ??= new StringBuilder();
        if (fragment.ArgumentsOffset < _held.Length) _held.Length = Math.Max(fragment.ArgumentsOffset, 0);
        _held.Append(fragment.Arguments);
        if (_isWhole || !HasName) return null; // no client can use a call without a name
        _arguments.TryAdvance(HeldArguments, 0);
        return HeldArguments;
    }

    /// <summary>Writes the fields of a call, except its index.</summary>
    public static void WriteFields(Utf8JsonWriter json, string id, string name, string arguments)
    {
        json.WriteString("id"u8, id);
        json.WriteString("type"u8, "function"u8);
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, name);
        json.WriteString("arguments"u8, arguments);
        json.WriteEndObject();
    }

    /// <summary>An id for a call to which the provider gave none. OpenAI accepts ids of at most 40 characters.</summary>
    public static string CreateId(WireContext context, int choice, int call)
    {
        string letters = string.Concat(context.MessageId.Where(char.IsAsciiLetterOrDigit));
        return string.Create(CultureInfo.InvariantCulture, $"call_{letters[Math.Max(0, letters.Length - 20)..]}_{choice}_{call}");
    }
}
