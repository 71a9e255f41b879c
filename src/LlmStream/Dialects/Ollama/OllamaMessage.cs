using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Ollama;

/// <summary>
/// The fields of one line, by their places: the content order is thinking, text, calls, but in the JSON the thinking follows the
/// text.
/// </summary>
internal ref struct OllamaMessage
{
    private static readonly FieldNames KnownFields = new("tool_name", "tool_call_id", "logprobs");

    public Utf8JsonReader Text;
    private Utf8JsonReader _role;
    private Utf8JsonReader _thinking;
    private Utf8JsonReader _calls;
    private Utf8JsonReader _images;

    /// <summary>Reads a <c>message</c>. The reader is on the start of the object.</summary>
    public static OllamaMessage Of(ref Utf8JsonReader reader, IDecodingObserver? observer)
    {
        var message = new OllamaMessage();
        while (reader.NextProperty())
        {
            if (reader.Is("content"u8)) reader.Remember(ref message.Text);
            else if (reader.Is("role"u8)) reader.Remember(ref message._role);
            else if (!message.Take(ref reader))
            {
                observer.NoteField(ref reader, KnownFields, "message.");
                reader.Skip();
            }
        }

        return message;
    }

    /// <summary>Takes the field that the reader is on, if it is one that both kinds of lines have.</summary>
    public bool Take(ref Utf8JsonReader reader)
    {
        if (reader.Is("thinking"u8) || reader.Is("reasoning_content"u8)) reader.Remember(ref _thinking);
        else if (reader.Is("tool_calls"u8)) reader.Remember(ref _calls);
        else if (reader.Is("images"u8) || reader.Is("image"u8)) reader.Remember(ref _images);
        else return false;
        return true;
    }

    public void AddTo(ChoiceBuilder choice)
    {
        choice.SetRole(ref _role);
        if (_thinking.TokenType == JsonTokenType.String) choice.AddReasoning(ref _thinking);
        if (Text.TokenType == JsonTokenType.String) choice.AddText(ref Text);
        if (_images.TokenType == JsonTokenType.String) AddImage(choice, ref _images);
        else if (_images.TokenType == JsonTokenType.StartArray)
        {
            while (_images.Read() && _images.TokenType == JsonTokenType.String) AddImage(choice, ref _images);
        }

        if (_calls.TokenType == JsonTokenType.StartArray) ReadCalls(choice, ref _calls);
    }

    /// <summary>Adds a generated image, in base64 and without a media type.</summary>
    private static void AddImage(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        string base64 = reader.Decode();
        byte[] bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out int length) || length == 0) return;
        // The first bytes of each format: PNG 5.2, JPEG's SOI marker, GIF87a and GIF89a, WebP's RIFF.
        string mediaType = bytes.AsSpan() switch
        {
            [0xFF, 0xD8, ..] => "image/jpeg",
            [(byte)'G', (byte)'I', (byte)'F', ..] => "image/gif",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => "image/webp",
            _ => "image/png",
        };
        choice.AddContent(new DataContent(bytes.AsMemory(0, length), mediaType), length);
    }

    /// <summary>Every element is a complete call with a name, some with an id. Some models' parsers set every <c>index</c> to 0.</summary>
    private static void ReadCalls(ChoiceBuilder choice, ref Utf8JsonReader reader)
    {
        int position = 0;
        while (reader.NextObject())
        {
            var fragment = new ToolCallFragment { Position = position++, IsWhole = true };
            while (reader.NextProperty())
            {
                if (reader.Is("id"u8)) fragment.Id = reader.ReadName();
                else if (reader.Is("function"u8)) fragment.ReadFunction(ref reader);
                else reader.Skip();
            }

            choice.AddToolCall(fragment);
        }
    }
}
