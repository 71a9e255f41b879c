using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>
/// A provider: its address, its wire format, and how its requests differ from others. Data only: a new provider is a new instance.
/// </summary>
/// <remarks>
/// Presets can be changed: <c>LlmProvider.OpenAI with { BaseAddress = new Uri("https://proxy.example/v1/") }</c>.
/// </remarks>
/// <example>
/// <code>
/// using var client = new LlmStreamClient(LlmProvider.DeepSeek, apiKey);
/// using var local = new LlmStreamClient(LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:8000/v1")));
/// </code>
/// </example>
public sealed partial record LlmProvider
{
    private readonly Uri _baseAddress = null!;
    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The name, in lower case, as <see cref="Parse"/> and <c>llmstream</c> take it.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The name in traces and metrics (<c>gen_ai.provider.name</c>), a well-known value of OpenTelemetry's conventions if there is one,
    /// such as <c>aws.bedrock</c>; <see langword="null"/>, the default, if it is <see cref="Name"/>.
    /// </summary>
    public string? TelemetryName { get; init; }

    /// <summary>The base address of the provider's API. A slash is added at the end if it is missing.</summary>
    /// <exception cref="ArgumentException">The address is not an absolute HTTP or HTTPS address.</exception>
    public required Uri BaseAddress
    {
        get => _baseAddress;
        init => _baseAddress = Valid(value, nameof(value));
    }

    /// <summary>The wire format. Default: <see cref="ChatDialect.OpenAI"/>.</summary>
    public ChatDialect Dialect { get; init; } = ChatDialect.OpenAI;

    /// <summary>
    /// The path to which chat requests are sent, relative to <see cref="BaseAddress"/>, with or without a query; a query of the base
    /// address is kept. In it, <c>{model}</c> is replaced with the model, percent-encoded, in formats whose address names it. Default:
    /// <c>chat/completions</c>.
    /// </summary>
    /// <remarks>A path that leads away from the base address is refused when a client is created.</remarks>
    public string ChatPath { get; init; } = "chat/completions";

    /// <summary>
    /// The header that carries the API key. Default: <c>Authorization</c>, in which the key is sent as a bearer token.
    /// </summary>
    public string ApiKeyHeader { get; init; } = "Authorization";

    /// <summary>
    /// The environment variable from which the API key is read if none is given; <see langword="null"/>, the default, if no key is
    /// needed.
    /// </summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>
    /// The environment variables with the parts of a key that signs requests: an id, a secret, and, for temporary keys, a session token.
    /// They are read if no key is given and <see cref="ApiKeyVariable"/> is not set. A key that is given as <c>id:secret</c> or
    /// <c>id:secret:token</c> signs requests too. Default: none, because most providers take keys as they are.
    /// </summary>
    public IReadOnlyList<string> SigningKeyVariables { get; init; } = [];

    /// <summary>Headers that the provider requires in requests. The dictionary is copied. Default: none.</summary>
    /// <exception cref="ArgumentException">Two names differ only in case.</exception>
    public IReadOnlyDictionary<string, string> Headers
    {
        get => _headers;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _headers = value.ToDictionary(StringComparer.OrdinalIgnoreCase);
        }
    }

    /// <summary>The model to use if neither the request nor the options name one; <see langword="null"/>, the default, for none.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>
    /// Whether token counts are sent only if <c>stream_options.include_usage</c> requests them. Default: <see langword="false"/>.
    /// </summary>
    public bool UsageMustBeRequested { get; init; }

    /// <summary>Whether a stream ends with <c>[DONE]</c>. Default: <see langword="true"/>.</summary>
    public bool SendsDone { get; init; } = true;

    /// <summary>
    /// How the provider's requests differ from those of others that use the same format. Default: the fields that every server is known
    /// to accept.
    /// </summary>
    public LlmRequestStyle RequestStyle { get; init; } = LlmRequestStyle.Default;

    /// <summary>
    /// How the rest of an answer that broke off is requested. Default: <see cref="ChatContinuation.Instruction"/>.
    /// </summary>
    public ChatContinuation Continuation { get; init; } = ChatContinuation.Instruction;

    /// <summary>
    /// The base address of requests with a prefill, on the same server; <see langword="null"/>, the default, if it is
    /// <see cref="BaseAddress"/>. An address on another server is ignored, because the key must not be sent there.
    /// </summary>
    public Uri? ContinuationBaseAddress { get; init; }

    /// <summary>
    /// Whether the provider repeats a prefill at the beginning of the answer. Default: <see langword="false"/>.
    /// </summary>
    public bool EchoesPrefix { get; init; }

    /// <summary>
    /// How the server replays the streams that it has sent; <see langword="null"/>, the default, if only the format may have replays.
    /// </summary>
    public LlmReplay? Replay { get; init; }

    /// <summary>
    /// The header by which the provider recognises a request that is sent again; <see langword="null"/>, the default, for none.
    /// </summary>
    public string? IdempotencyHeader { get; init; }

    /// <summary>Creates any other provider with an API that is compatible with OpenAI's Chat Completions.</summary>
    /// <param name="baseAddress">The address to which <c>chat/completions</c> is relative, such as <c>http://localhost:8000/v1</c>.</param>
    /// <param name="name">A name for logs and metrics.</param>
    /// <returns>The provider.</returns>
    /// <exception cref="ArgumentException">The address is not an absolute HTTP or HTTPS address.</exception>
    public static LlmProvider CreateOpenAICompatible(Uri baseAddress, string name = "compatible") => new()
    {
        Name = name,
        BaseAddress = Valid(baseAddress, nameof(baseAddress)),
        UsageMustBeRequested = true,
        RequestStyle = new LlmRequestStyle { AcceptsAnswerFields = true },
    };

    /// <summary>Finds a preset by its name, ignoring case.</summary>
    /// <param name="name">A name of one of the providers in <see cref="All"/>.</param>
    /// <returns>The preset.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="FormatException">There is no such preset. The message lists the names.</exception>
    public static LlmProvider Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (TryParse(name, out LlmProvider? provider)) return provider;
        string names = string.Join(", ", All.Select(known => known.Name));
        throw new FormatException($"There is no provider '{name}'. The providers are: {names}.");
    }

    /// <summary>Finds a preset by its name, ignoring case.</summary>
    /// <param name="name">A name of one of the providers in <see cref="All"/>, or any other string.</param>
    /// <param name="provider">The preset, or <see langword="null"/> if there is none of this name.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse([NotNullWhen(true)] string? name, [NotNullWhen(true)] out LlmProvider? provider)
    {
        provider = All.FirstOrDefault(known => string.Equals(known.Name, name, StringComparison.OrdinalIgnoreCase));
        return provider is not null;
    }

    /// <summary>Builds the body of a request to this provider, except what requests a stream.</summary>
    /// <exception cref="ArgumentException">
    /// There are no messages, the format cannot express a message or an option, or no model is specified.
    /// </exception>
    internal JsonObject BuildRequest(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed)
    {
#pragma warning disable MEAI001 // experimental: the property may change
        if (options?.ContinuationToken is not null)
        {
            throw InvalidRequest.Options(
                "ChatOptions.ContinuationToken is only accepted by the chat client that LlmStreamClient.AsIChatClient returns: deltas have "
                + "no tokens. A request with it would generate another answer.");
        }
#pragma warning restore MEAI001

        var conversation = Conversation.Create(messages, options?.Instructions);
        JsonObject body = Dialect.Format.BuildRequest(conversation, options, model, seed, this);
        if (body["model"] is null)
        {
            throw new ArgumentException(
                $"The provider '{Name}' has no default model. Set ChatOptions.ModelId or LlmStreamOptions.Model.", nameof(options));
        }

        return body;
    }

    internal static Uri Valid(Uri address, string parameterName)
    {
        ArgumentNullException.ThrowIfNull(address, parameterName);
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps))
        {
            string shown = address is { IsAbsoluteUri: true, UserInfo.Length: > 0 } ? $"{address.Scheme}://{address.Host}" : $"{address}";
            throw new ArgumentException(
                $"'{shown}' is not an absolute HTTP or HTTPS address, such as https://api.example.com/v1.", parameterName);
        }

        return address.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
    }
}
