using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using LlmStream.AspNetCore.Requests;

namespace LlmStream.AspNetCore.Tests.Requests.OpenAI;

/// <summary>Requests of OpenAI's wire that are changed at random are read, or refused with a reason, and nothing else.</summary>
public class OpenAIPropertyTests
{
    private const string Valid = """
        {"model":"m","messages":[
            {"role":"system","content":[{"type":"text","text":"Be brief."}]},
            {"role":"user","name":"ada","content":[{"type":"text","text":"Hi"},
                {"type":"image_url","image_url":{"url":"data:image/png;base64,AQID","detail":"low"}},
                {"type":"input_audio","input_audio":{"data":"AQID","format":"wav"}},
                {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AQID"}}]},
            {"role":"assistant","content":"x","reasoning_content":"y","refusal":"z","tool_calls":[
                {"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"call_1","content":"21"}],
         "temperature":0.5,"top_p":1,"max_tokens":7,"stop":["a"],"seed":4,"stream":true,"stream_options":{"include_usage":true},
         "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}},
         "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}}],
         "tool_choice":{"type":"function","function":{"name":"f"}}}
        """;

    private static readonly Gen<string> Value = Gen.OneOfConst(
        "null", "true", "0", "-1", "1e400", "123456789012345678901234567890", "0.1", "\"\"", "\" \"", "\"data:\"", "\"data:,x\"",
        "\"http://\"", "\"http://[\"", "\"LONE\"", "\"\\u0000\"", "[]", "{}", "[[]]", "[null]", "{\"type\":\"text\"}", "{\"url\":1}",
        "\"function\"", "\"assistant\"", "\"user\"");

    [Fact]
    public void A_value_that_is_replaced_is_read_or_refused()
    {
        List<string> paths = [];
        Collect(JsonNode.Parse(Valid)!, paths);
        paths.RemoveAt(0); // the body itself
        Gen.Select(Gen.Int[0, paths.Count - 1], Value, Gen.Int[0, paths.Count - 1], Value).Sample(
            (first, firstValue, second, secondValue) =>
            {
                string json = Replace(Replace(Valid, paths[first], firstValue), paths[second], secondValue)
                    .Replace("LONE", "\\ud83d", StringComparison.Ordinal); // JsonNode cannot hold half of a surrogate pair
                ReadOrRefuse(RequestBody.Parse(Encoding.UTF8.GetBytes(json)));
            },
            iter: 2_000);
    }

    [Fact]
    public void A_byte_that_is_changed_is_read_or_refused()
    {
        byte[] valid = Encoding.UTF8.GetBytes(Valid);
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte).Sample(
            (position, value) =>
            {
                byte[] changed = [.. valid];
                changed[position] = value;
                if (TryParse(changed) is { } body) ReadOrRefuse(body);
            },
            iter: 2_000);
    }

    private static void ReadOrRefuse(JsonElement body)
    {
        try
        {
            ParsedRequest parsed = ChatWire.OpenAI.ReadRequest(body);
            Assert.NotNull(parsed.Request.Messages);
            foreach (ChatWire wire in (ChatWire[])[ChatWire.OpenAI, ChatWire.Json]) wire.Matches(body);
        }
        catch (InvalidRelayRequestException exception)
        {
            Assert.NotEmpty(exception.Message);
        }
    }

    private static JsonElement? TryParse(byte[] json)
    {
        try
        {
            return RequestBody.Parse(json);
        }
        catch (InvalidRelayRequestException)
        {
            return null;
        }
    }

    private static void Collect(JsonNode node, List<string> paths)
    {
        paths.Add(node.GetPath());
        if (node is JsonObject fields)
        {
            foreach (JsonNode? value in fields.Select(field => field.Value)) Collect(value!, paths);
        }
        else if (node is JsonArray items)
        {
            foreach (JsonNode? item in items) Collect(item!, paths);
        }
    }

    private static string Replace(string json, string path, string value)
    {
        JsonNode root = JsonNode.Parse(json)!;
        Find(root, path)?.ReplaceWith(JsonNode.Parse(value));
        return root.ToJsonString();
    }

    private static JsonNode? Find(JsonNode node, string path)
    {
        if (node.GetPath() == path) return node;
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject fields => fields.Select(field => field.Value),
            JsonArray items => items,
            _ => [],
        };
        return children.OfType<JsonNode>().Select(child => Find(child, path)).FirstOrDefault(found => found is not null);
    }
}
