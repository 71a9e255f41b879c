using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using LlmStream.AspNetCore.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Requests.UIMessages;

/// <summary>No body makes the reader fail in another way than with an error for the client.</summary>
public class UIMessageRequestPropertyTests
{
    private const string Valid = """
        {"id":"chat","trigger":"submit-message","messageId":"a1","model":"m","messages":[
          {"id":"s1","role":"system","parts":[{"type":"text","text":"Be brief."}]},
          {"id":"u1","role":"user","parts":[{"type":"text","text":"Hi"},{"type":"file","mediaType":"image/png","filename":"a","url":"data:image/png;base64,AQID"}]},
          {"id":"a1","role":"assistant","parts":[
            {"type":"step-start"},
            {"type":"reasoning","text":"Hm","providerMetadata":{"llmstream":{"signature":"s"}}},
            {"type":"tool-a","toolCallId":"c1","state":"output-available","input":{"x":1},"output":{"y":[2]}},
            {"type":"dynamic-tool","toolName":"b","toolCallId":"c2","state":"approval-responded","input":{},"approval":{"id":"p","approved":true}},
            {"type":"tool-c","toolCallId":"c3","state":"output-error","input":"{","errorText":"bad"},
            {"type":"steering-message","id":"x","parts":[{"type":"text","text":"y"}]},
            {"type":"text","text":"Hello."}]},
          {"id":"u2","role":"user","parts":[{"type":"file","mediaType":"text/plain","url":"https://example.com/a"}]}]}
        """;

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1e300", "\"\"", "\"x\"", "[]", "{}", "[null]", "[[]]", "{\"type\":\"text\"}", "{\"role\":\"user\",\"parts\":[]}",
        "\"HALF\"", "{\"HALF\":1}", "\"data:\"", "\"data:;base64,\"", "\"http://\"", "\"https://a b/%zz\"", "\"user\"", "\"assistant\"",
        "\"tool-\"", "\"dynamic-tool\"", "\"step-start\"", "\"reasoning\"", "\"input-available\"", "\"output-denied\"", "\"a/\"", "\"/\"", "\"*/*\"",
        "\"regenerate-message\"",
    ];

    [Fact]
    public void Any_change_of_a_request_is_read_or_refused()
    {
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, Values.Length - 1], Gen.Bool).List[1, 4].Sample(
            changes =>
            {
                JsonNode body = JsonNode.Parse(Valid)!;
                foreach ((int place, int value, bool isRemoval) in changes) Change(body, place, Values[value], isRemoval);
                // A JSON node cannot be written with half of a surrogate pair.
                ReadOrRefuse(body.ToJsonString().Replace("HALF", "\\ud83d", StringComparison.Ordinal));
            },
            iter: 1_000, threads: 1);
    }

    [Fact]
    public void Any_change_of_the_bytes_is_read_or_refused()
    {
        byte[] valid = Encoding.UTF8.GetBytes(Valid);
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte).List[1, 3].Sample(
            changes =>
            {
                byte[] body = [.. valid];
                foreach ((int index, byte value) in changes) body[index] = value;
                ReadOrRefuse(body);
            },
            iter: 1_000, threads: 1);
    }

    private static void ReadOrRefuse(string body) => ReadOrRefuse(Encoding.UTF8.GetBytes(body));

    private static void ReadOrRefuse(byte[] body)
    {
        try
        {
            System.Text.Json.JsonElement json = RequestBody.Parse(body);
            foreach (ChatWire wire in (ChatWire[])[ChatWire.UIMessages, ChatWire.CreateUIMessages(new Version(7, 1))])
            {
                wire.Matches(json);
                CheckCalls(wire.ReadRequest(json).Request.Messages);
            }
        }
        catch (InvalidRelayRequestException)
        {
            // Refused.
        }
    }

    // Providers refuse a call without a result directly after it.
    private static void CheckCalls(IReadOnlyList<ChatMessage> messages)
    {
        for (int i = 0; i < messages.Count; i++)
        {
            Assert.NotEmpty(messages[i].Contents);
            string[] calls = [.. messages[i].Contents.OfType<FunctionCallContent>().Select(call => call.CallId)];
            if (calls.Length == 0) continue;
            Assert.Equal(ChatRole.Assistant, messages[i].Role);
            Assert.Equal(ChatRole.Tool, messages[i + 1].Role);
            Assert.Equal(calls, messages[i + 1].Contents.OfType<FunctionResultContent>().Select(result => result.CallId));
        }
    }

    // Replaces or removes the value at a place, counted through the whole document.
    private static void Change(JsonNode body, int place, string value, bool isRemoval)
    {
        List<JsonNode> parents = [.. Descendants(body).Where(node => node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })];
        if (parents.Count == 0) return;
        JsonNode parent = parents[place % parents.Count];
        int index = place / parents.Count;
        if (parent is JsonArray array)
        {
            index %= array.Count;
            if (isRemoval) array.RemoveAt(index);
            else array[index] = JsonNode.Parse(value);
        }
        else if (parent is JsonObject fields)
        {
            string name = fields.ElementAt(index % fields.Count).Key;
            if (isRemoval) fields.Remove(name);
            else fields[name] = JsonNode.Parse(value);
        }
    }

    private static IEnumerable<JsonNode> Descendants(JsonNode node)
    {
        yield return node;
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject fields => fields.Select(field => field.Value),
            JsonArray array => array,
            _ => [],
        };
        foreach (JsonNode child in children.OfType<JsonNode>())
        {
            foreach (JsonNode descendant in Descendants(child)) yield return descendant;
        }
    }
}
