using System.Text.Json;

namespace LlmStream.Json;

/// <summary>
/// Reads the properties of an object, or the elements of an array, each value in one step. It costs a fraction of what
/// <see cref="Utf8JsonReader"/> does for objects most properties of which are skipped.
/// </summary>
/// <remarks>
/// It accepts the same bytes as <see cref="Utf8JsonReader"/> with <see cref="JsonOptions.Reader"/>; the values are checked completely.
/// </remarks>
/// <param name="json">The object or array, with white space around it.</param>
internal ref struct JsonCursor(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _position; // after the latest value, or after the opening bracket
    private byte _close; // the closing bracket; 0 before the beginning, and if the value is neither an object nor an array
    private bool _hasItem;
    private ReadOnlySpan<byte> _name;
    private bool _nameIsEscaped;

    /// <summary>Whether the end was reached, nothing but white space follows, and all of it is valid.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The current value: its bytes, with the quotation marks of a string.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The offset of the current value.</summary>
    public int Start { get; private set; }

    /// <summary>Whether the current value is a string with a backslash.</summary>
    public bool IsEscaped { get; private set; }

    public readonly bool IsString => Value[0] == (byte)'"';

    public readonly bool IsObject => Value[0] == (byte)'{';

    public readonly bool IsArray => Value[0] == (byte)'[';

    public readonly bool IsNumber => Value[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9');

    public readonly bool IsNull => Value[0] == (byte)'n';

    /// <summary>The bytes of the current string between the quotation marks.</summary>
    public readonly ReadOnlySpan<byte> Raw => Value[1..^1];

    /// <summary>Whether the current value is a string that is not blank: see <see cref="JsonReaderExtensions.HasName"/>.</summary>
    public readonly bool HasName => IsString && !JsonText.IsBlank(Raw, IsEscaped);

    /// <summary>Whether the name of the current property equals this ASCII text.</summary>
    public readonly bool Is(ReadOnlySpan<byte> ascii) => JsonText.AreEqual(_name, _nameIsEscaped, ascii);

    /// <summary>Whether the current value is a string that equals this ASCII text.</summary>
    public readonly bool IsText(ReadOnlySpan<byte> ascii) => IsString && JsonText.AreEqual(Raw, IsEscaped, ascii);

    /// <summary>The current string. Half of a surrogate pair becomes U+FFFD.</summary>
    public readonly string Decode() => JsonText.DecodeWhole(Raw, IsEscaped);

    /// <summary>Whether the name of the current property is one of these.</summary>
    public readonly bool IsAny(FieldNames names) => names.Contains(_name, _nameIsEscaped);

    /// <summary>Moves to the next property or element.</summary>
    /// <returns>False at the end, and if the bytes are not valid: <see cref="IsAtEnd"/>.</returns>
    public bool Next()
    {
        int position = _close == 0 ? Begin() : SpaceEnd(_position);
        if ((uint)position >= (uint)_json.Length) return false;
        byte next = _json[position];
        if (next == _close)
        {
            IsAtEnd = SpaceEnd(position + 1) == _json.Length;
            return false;
        }

        if (_hasItem)
        {
            if (next != (byte)',') return false;
            position = SpaceEnd(position + 1);
        }

        if (_close == (byte)'}' && (position = ReadName(position)) < 0) return false;
        if ((uint)position >= (uint)_json.Length) return false;
        bool isEscaped = false, isString = _json[position] == (byte)'"';
        int length = isString ? JsonLengths.OfString(_json[(position + 1)..], out isEscaped) : JsonLengths.OfValue(_json[position..]);
        if (length < 0) return false;
        if (isString) length += 2;
        Value = _json.Slice(position, length);
        Start = position;
        IsEscaped = isEscaped;
        _position = position + length;
        _hasItem = true;
        return true;
    }

    private int Begin()
    {
        int position = SpaceEnd(0);
        if (position == _json.Length) return position;
        _close = _json[position] switch { (byte)'{' => (byte)'}', (byte)'[' => (byte)']', _ => 0 };
        return _close == 0 ? _json.Length : SpaceEnd(position + 1);
    }

    /// <returns>The offset of the value after the name; -1 if there is none.</returns>
    private int ReadName(int position)
    {
        if ((uint)position >= (uint)_json.Length || _json[position] != (byte)'"') return -1;
        int length = JsonLengths.OfString(_json[(position + 1)..], out _nameIsEscaped);
        if (length < 0) return -1;
        _name = _json.Slice(position + 1, length);
        position = SpaceEnd(position + length + 2);
        return position < _json.Length && _json[position] == (byte)':' ? SpaceEnd(position + 1) : -1;
    }

    private readonly int SpaceEnd(int position) => JsonLengths.SkipSpace(_json, position);
}
