using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.OpenAI;

/// <summary>Reads the sampling options, the response format and the tools of OpenAI's Chat Completions.</summary>
internal static class OpenAIOptionsReader
{
    // As in Microsoft's chat clients.
    private const string StrictKey = "strictJsonSchema";

    private static readonly Dictionary<string, object?> NoProperties = [];
    private static readonly JsonElement NoParameters = JsonElement.Parse("""{"type":"object","properties":{}}""");

    /// <summary>Reads the options that <see cref="ChatRelayRequest.Options"/> lists.</summary>
    /// <exception cref="InvalidRelayRequestException">One is not valid.</exception>
    public static ChatOptions ReadOptions(JsonField body)
    {
        JsonField maxTokens = body["max_completion_tokens"].IsPresent ? body["max_completion_tokens"] : body["max_tokens"];
        var options = new ChatOptions
        {
            Temperature = body["temperature"].OptionalNumber(),
            TopP = body["top_p"].OptionalNumber(),
            TopK = (int?)body["top_k"].OptionalInteger(int.MinValue, int.MaxValue),
            PresencePenalty = body["presence_penalty"].OptionalNumber(),
            FrequencyPenalty = body["frequency_penalty"].OptionalNumber(),
            Seed = body["seed"].OptionalInteger(long.MinValue, long.MaxValue),
            MaxOutputTokens = (int?)maxTokens.OptionalInteger(1, int.MaxValue),
        };
        JsonField stop = body["stop"];
        if (stop.IsPresent) options.StopSequences = stop.IsText ? [stop.Text()] : [.. stop.Items().Select(item => item.Text())];
        if (body["response_format"].IsPresent) ReadResponseFormat(body["response_format"], options);
        return options;
    }

    /// <summary>Reads the tools, which the client runs.</summary>
    /// <exception cref="InvalidRelayRequestException">One is not valid.</exception>
    public static IReadOnlyList<AITool> ReadTools(JsonField tools) => [.. tools.Items().Select(ReadTool)];

    /// <summary>Reads which tools the model has to call.</summary>
    /// <exception cref="InvalidRelayRequestException">The value is not valid.</exception>
    public static ChatToolMode? ReadToolMode(JsonField choice)
    {
        if (!choice.IsPresent) return null;
        if (choice.IsObject && choice["type"].Text() == "function")
            return ChatToolMode.RequireSpecific(ReadName(choice["function"]["name"]));
        return (choice.IsText ? choice.Text() : null) switch
        {
            "auto" => ChatToolMode.Auto,
            "none" => ChatToolMode.None,
            "required" => ChatToolMode.RequireAny,
            _ => throw choice.Invalid("must be \"auto\", \"none\", \"required\", or an object of the type \"function\""),
        };
    }

    private static AIFunctionDeclaration ReadTool(JsonField tool)
    {
        if (tool["type"].Text() != "function") throw tool["type"].Invalid("must be \"function\"");
        JsonField function = tool["function"], parameters = function["parameters"];
        if (parameters.IsPresent && !parameters.IsObject) throw parameters.Invalid("must be an object");
        string name = ReadName(function["name"]);
        return new DeclaredFunction(
            name,
            function["description"].OptionalText() ?? "",
            parameters.IsPresent ? parameters.Value : NoParameters,
            function["strict"].OptionalBoolean());
    }

    private static string ReadName(JsonField name) =>
        string.IsNullOrWhiteSpace(name.Text()) ? throw name.Invalid("must not be empty") : name.Text();

    private static void ReadResponseFormat(JsonField format, ChatOptions options)
    {
        switch (format["type"].Text())
        {
            case "text":
                options.ResponseFormat = ChatResponseFormat.Text;
                break;
            case "json_object":
                options.ResponseFormat = ChatResponseFormat.Json;
                break;
            case "json_schema":
                JsonField described = format["json_schema"], schema = described["schema"];
                if (!schema.IsObject) throw schema.Invalid("must be an object");
                options.ResponseFormat = ChatResponseFormat.ForJsonSchema(
                    schema.Value, described["name"].OptionalText(), described["description"].OptionalText());
                if (described["strict"].OptionalBoolean() is { } strict)
                    options.AdditionalProperties = new AdditionalPropertiesDictionary { [StrictKey] = strict };
                break;
            default:
                throw format["type"].Invalid("must be \"text\", \"json_object\" or \"json_schema\"");
        }
    }

    /// <summary>A function that the client declared, and runs.</summary>
    private sealed class DeclaredFunction(string name, string description, JsonElement schema, bool? strict) : AIFunctionDeclaration
    {
        public override string Name => name;

        public override string Description => description;

        public override JsonElement JsonSchema => schema;

        public override IReadOnlyDictionary<string, object?> AdditionalProperties { get; } =
            strict is { } value ? new Dictionary<string, object?>(StringComparer.Ordinal) { [StrictKey] = value } : NoProperties;
    }
}
