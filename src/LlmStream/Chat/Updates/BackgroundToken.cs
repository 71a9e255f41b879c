using System.Text.Json;
using Microsoft.Extensions.AI;

#pragma warning disable MEAI001 // experimental: continuation tokens may change

namespace LlmStream.Chat.Updates;

/// <summary>
/// A continuation token of Microsoft.Extensions.AI: which answer the provider keeps, and how much of it the updates so far hold. It has no
/// key, no address and nothing of the conversation.
/// </summary>
internal sealed class BackgroundToken : ResponseContinuationToken
{
    private const string VersionField = "llmstream";
    private const int Version = 1;

    /// <summary>The name of the provider.</summary>
    public required string Provider { get; init; }

    /// <summary>The name of the format.</summary>
    public required string Dialect { get; init; }

    /// <summary>The provider's id of the answer.</summary>
    public required string ResponseId { get; init; }

    public UpdatePosition Position { get; init; }

    /// <summary>A token for the whole answer.</summary>
    public BackgroundToken FromStart() => new() { Provider = Provider, Dialect = Dialect, ResponseId = ResponseId };

    public override ReadOnlyMemory<byte> ToBytes()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber(VersionField, Version);
            json.WriteString("provider", Provider);
            json.WriteString("dialect", Dialect);
            json.WriteString("id", ResponseId);
            json.WriteNumber("text", Position.Text);
            json.WriteNumber("reasoning", Position.Reasoning);
            json.WriteNumber("calls", Position.Calls);
            json.WriteNumber("others", Position.Others);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads a token, which may have been stored as bytes since it was created.</summary>
    /// <param name="token">The token.</param>
    /// <param name="provider">The name of the provider that it must be of.</param>
    /// <param name="dialect">The name of the format that it must be of.</param>
    /// <exception cref="ArgumentException">It is of another client, provider, format or version.</exception>
    public static BackgroundToken Read(ResponseContinuationToken token, string provider, string dialect)
    {
        BackgroundToken read = token as BackgroundToken ?? Read(token.ToBytes());
        if (string.Equals(read.Provider, provider, StringComparison.Ordinal)
            && string.Equals(read.Dialect, dialect, StringComparison.Ordinal))
            return read;
        throw Refuse(
            $"It belongs to an answer of the provider \"{read.Provider}\" (format {read.Dialect}); this client is for \"{provider}\" "
            + $"(format {dialect}). Pass it to a client for the provider that it came from.");
    }

    private static BackgroundToken Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty(VersionField, out JsonElement version))
            {
                return version.TryGetInt32(out int number) && number == Version
                    ? Read(root)
                    : throw Refuse($"It has the version {version}; this version of LlmStream reads version {Version}.");
            }
        }
        catch (Exception exception) when (
            exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            // As a token of another client, which may be anything.
        }

        throw Refuse("It was not created by LlmStream. Pass it to the client that it came from.");
    }

    private static BackgroundToken Read(JsonElement root)
    {
        string id = root.GetProperty("id").GetString() ?? "";
        if (id.Length == 0) throw new FormatException("There is no id.");
        return new BackgroundToken
        {
            Provider = root.GetProperty("provider").GetString() ?? "",
            Dialect = root.GetProperty("dialect").GetString() ?? "",
            ResponseId = id,
            Position = new UpdatePosition(Count("text"), Count("reasoning"), Count("calls"), Count("others")),
        };

        int Count(string name) => Math.Max(0, root.GetProperty(name).GetInt32());
    }

    private static ArgumentException Refuse(string reason)
    {
        string message = $"ChatOptions.ContinuationToken cannot be used. {reason}";
#pragma warning disable MA0015, CA2208 // the parameter of IChatClient, far up the call stack
        return new ArgumentException(message, "options");
#pragma warning restore MA0015, CA2208
    }
}
