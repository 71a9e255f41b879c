using System.Text;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>
/// Reads the properties of an object, or the elements of an array, each value in one step. It costs a fraction of what
/// <see cref="Utf8JsonReader"/> does for objects most properties of which are skipped.
/// </summary>
/// <remarks>
/// It accepts the same bytes as <see cref="Utf8JsonReader"/> with <see cref="JsonOptions.Reader"/>; the values are checked completely,
/// but an object or an array only when the next value is read, or its bytes are.
/// </remarks>
internal ref struct JsonCursor
{
    private static readonly int MaxDepth = JsonOptions.Reader.MaxDepth;

    private readonly ReadOnlySpan<byte> _json;
    private readonly int _depth; // of the object or array, from 1 on
    private int _position; // after the current value, or at its start while it is pending
    private bool _isPending; // the current value is an object or array that was not read
    private bool _hasItem;
    private bool _isClosed;
    private byte _close; // the closing bracket; 0 before the beginning, and if the value is neither an object nor an array
    private byte _kind; // the first byte of the current value
    private ReadOnlySpan<byte> _name; // decoded

    /// <param name="json">The object or array, with white space around it.</param>
    public JsonCursor(ReadOnlySpan<byte> json)
        : this(json, position: 0, depth: 1)
    {
    }

    private JsonCursor(ReadOnlySpan<byte> json, int position, int depth)
    {
        _json = json;
        _position = position;
        _depth = depth;
    }

    /// <summary>Whether the end was reached, nothing but white space follows, and all of it is valid.</summary>
    public readonly bool IsAtEnd => _isClosed && JsonLengths.SkipSpace(_json, _position) == _json.Length;

    /// <summary>The offset of the current value.</summary>
    public int Start { get; private set; }

    /// <summary>Whether the current value is a string with a backslash.</summary>
    public bool IsEscaped { get; private set; }

    public readonly bool IsString => _kind == (byte)'"';

    public readonly bool IsObject => _kind == (byte)'{';

    public readonly bool IsArray => _kind == (byte)'[';

    public readonly bool IsNumber => _kind is (byte)'-' or (>= (byte)'0' and <= (byte)'9');

    public readonly bool IsNull => _kind == (byte)'n';

    /// <summary>Whether the current value is <c>true</c> or <c>false</c>; null for any other.</summary>
    public readonly bool? Bool => _kind switch { (byte)'t' => true, (byte)'f' => false, _ => null };

    /// <summary>The bytes of the current value, with the quotation marks of a string; empty if it is not valid.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            if (_isPending) Skip();
            return _json[Start.._position];
        }
    }

    /// <summary>The bytes of the current string between the quotation marks.</summary>
    public readonly ReadOnlySpan<byte> Raw => _json[(Start + 1)..(_position - 1)];

    /// <summary>Whether the current value is a string that is not blank: see <see cref="JsonReaderExtensions.HasName"/>.</summary>
    public readonly bool HasName => IsString && !JsonText.IsBlank(Raw, IsEscaped);

    /// <summary>Whether the name of the current property equals this ASCII text.</summary>
    public readonly bool Is(ReadOnlySpan<byte> ascii) => _name.SequenceEqual(ascii);

    /// <summary>Whether the current value is a string that equals this ASCII text.</summary>
    public readonly bool IsText(ReadOnlySpan<byte> ascii) => IsString && JsonText.AreEqual(Raw, IsEscaped, ascii);

    /// <summary>The current string. Half of a surrogate pair becomes U+FFFD.</summary>
    public readonly string Decode() => JsonText.DecodeWhole(Raw, IsEscaped);

    /// <summary>Whether the name of the current property is one of these.</summary>
    public readonly bool IsAny(FieldNames names) => names.Contains(_name, escaped: false);

    /// <summary>Moves to the next property or element.</summary>
    /// <returns>False at the end, and if the bytes are not valid: <see cref="IsAtEnd"/>.</returns>
    public bool Next()
    {
        if (_isPending) Skip();
        int position = _close == 0 ? Begin() : SpaceEnd(_position);
        if ((uint)position >= (uint)_json.Length || _isClosed) return false;
        byte next = _json[position];
        if (next == _close)
        {
            _position = position + 1;
            _isClosed = true;
            return false;
        }

        if (_hasItem)
        {
            if (next != (byte)',') return false;
            position = SpaceEnd(position + 1);
        }

        if (_close == (byte)'}' && (position = ReadName(position)) < 0) return false;
        if ((uint)position >= (uint)_json.Length) return false;
        return ReadValue(position);
    }

    /// <summary>A cursor for the properties or elements of the current value, an object or array that was not read.</summary>
    public readonly JsonCursor Enter() => new(_json, Start, _depth + 1);

    /// <summary>Continues after the current value, which a cursor from <see cref="Enter"/> has read to its end.</summary>
    public void Leave(in JsonCursor inner)
    {
        _isPending = false;
        if (inner._isClosed) _position = inner._position;
        else Fail();
    }

    private bool ReadValue(int position)
    {
        Start = _position = position;
        _hasItem = true;
        _kind = _json[position];
        IsEscaped = false;
        if (_kind is (byte)'{' or (byte)'[')
        {
            _isPending = true;
            return true;
        }

        int length;
        if (IsString)
        {
            length = JsonLengths.OfString(_json[(position + 1)..], out bool isEscaped);
            if (length < 0) return false;
            length += 2;
            IsEscaped = isEscaped;
        }
        else
        {
            length = JsonLengths.OfLiteral(_json[position..]);
            if (length < 0) return false;
        }

        _position = position + length;
        return true;
    }

    private void Skip()
    {
        _isPending = false;
        int length = JsonLengths.OfValue(_json[_position..], MaxDepth - _depth);
        if (length < 0) Fail();
        else _position += length;
    }

    private void Fail() => Start = _position = _json.Length;

    private int Begin()
    {
        int position = SpaceEnd(_position);
        if (position == _json.Length) return position;
        _close = _json[position] switch { (byte)'{' => (byte)'}', (byte)'[' => (byte)']', _ => 0 };
        return _close == 0 ? _json.Length : SpaceEnd(position + 1);
    }

    /// <returns>The offset of the value after the name; -1 if there is none.</returns>
    private int ReadName(int position)
    {
        if ((uint)position >= (uint)_json.Length || _json[position] != (byte)'"') return -1;
        int length = JsonLengths.OfString(_json[(position + 1)..], out bool isEscaped);
        if (length < 0) return -1;
        _name = _json.Slice(position + 1, length);
        if (isEscaped) _name = Encoding.UTF8.GetBytes(JsonText.DecodeWhole(_name, escaped: true));
        position = SpaceEnd(position + length + 2);
        return position < _json.Length && _json[position] == (byte)':' ? SpaceEnd(position + 1) : -1;
    }

    private readonly int SpaceEnd(int position) => JsonLengths.SkipSpace(_json, position);
}
