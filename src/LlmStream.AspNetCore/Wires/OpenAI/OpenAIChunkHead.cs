using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>The beginning of all chunks of an answer: id, time and model. Encoded again only when the provider names a model.</summary>
internal sealed class OpenAIChunkHead(WireContext context)
{
    private ChatStreamInfo? _stream;
    private string? _model;
    private DateTimeOffset? _created;
    private byte[]? _bytes;
    private int _version;

    /// <summary>The beginning of the chunk with usage, which has no choices, up to its usage.</summary>
    public ReadOnlySpan<byte> OfUsage => (byte[])[.. Bytes, .. "],\"usage\":"u8];

    // data: {"id":…,"object":…,"created":…,"model":…,"choices":[
    private byte[] Bytes => _bytes ??= Encode();

    /// <summary>Takes note of what is known of the response. The first model and the first time count, so that chunks agree.</summary>
    public void Update(ChatStreamInfo stream)
    {
        if (ReferenceEquals(stream, _stream)) return;
        _stream = stream;
        if ((_model is not null || stream.Model is null) && (_created is not null || stream.CreatedAt is null)) return;
        _model ??= stream.Model;
        _created ??= stream.CreatedAt;
        _bytes = null;
        _version++;
    }

    /// <summary>The beginning of a chunk of one choice, up to the start of its delta.</summary>
    public ReadOnlySpan<byte> OfChoice(OpenAIChoice choice)
    {
        if (choice.Head is null || choice.HeadVersion != _version)
        {
            string rest = string.Create(CultureInfo.InvariantCulture, $$"""{"index":{{choice.Index}},"delta":{""");
            choice.Head = [.. Bytes, .. Encoding.UTF8.GetBytes(rest)];
            choice.HeadVersion = _version;
            choice.TextHeads.AsSpan().Clear();
        }

        return choice.Head;
    }

    /// <summary>The beginning of a chunk of one choice, up to the opening quotation mark of a text.</summary>
    public ReadOnlySpan<byte> OfText(OpenAIChoice choice, OpenAIText kind)
    {
        ReadOnlySpan<byte> head = OfChoice(choice); // forgets the others if it is out of date
        return choice.TextHeads[(int)kind] ??= [.. head, (byte)'"', .. NameOf(kind), .. "\":\""u8];
    }

    /// <summary>The beginning of a chunk with a fragment of a call, up to the opening quotation mark of the arguments.</summary>
    public ReadOnlySpan<byte> OfArguments(OpenAIChoice choice, OpenAIToolCall call)
    {
        if (call.Head is null || call.HeadVersion != _version)
        {
            string rest = string.Create(
                CultureInfo.InvariantCulture, $"\"tool_calls\":[{{\"index\":{call.SentIndex},\"function\":{{\"arguments\":\"");
            call.Head = [.. OfChoice(choice), .. Encoding.UTF8.GetBytes(rest)];
            call.HeadVersion = _version;
        }

        return call.Head;
    }

    /// <summary>The name of the property of a text.</summary>
    public static ReadOnlySpan<byte> NameOf(OpenAIText kind) => kind switch
    {
        OpenAIText.Reasoning => "reasoning_content"u8,
        OpenAIText.Refusal => "refusal"u8,
        _ => "content"u8,
    };

    private byte[] Encode()
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("data: "u8);
        using (var json = new Utf8JsonWriter(buffer, EventWriter.JsonOptions))
        {
            json.WriteStartObject();
            OpenAICompletion.WriteHead(json, context, "chat.completion.chunk"u8, _model, _created);
        }

        buffer.Write(",\"choices\":["u8);
        return buffer.WrittenSpan.ToArray();
    }
}
