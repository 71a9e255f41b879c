using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmStream.Testing.FrontEnds;

/// <summary>The list of the cases.</summary>
internal static class CaseIndex
{
    public static string ToJson(string address)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartArray();
        foreach (ChatFrontEndCase @case in ChatFrontEndSuite.Cases)
        {
            Expectation expected = @case.Expectation;
            json.WriteStartObject();
            json.WriteString("name", @case.Name);
            json.WriteString("url", $"{address}/{@case.Name}");
            json.WriteString("wire", @case.Wire);
            json.WriteString("ending", @case.Ending);
            json.WriteString("description", @case.Description);
            if (@case.Action is not null) json.WriteString("action", @case.Action);
            json.WriteString("mustSee", @case.MustSee);
            json.WriteString("mustNot", @case.MustNot);
            json.WriteStartObject("expected");
            WriteArray("statuses", expected.Statuses.Select(status => JsonNamingPolicy.CamelCase.ConvertName(status.ToString())));
            json.WriteString("text", expected.Text);
            json.WriteString("textRule", JsonNamingPolicy.CamelCase.ConvertName(expected.TextRule.ToString()));
            if (expected.Reasoning is { } reasoning) json.WriteString("reasoning", reasoning);
            if (expected.FinishReason is { } reason) json.WriteString("finishReason", reason);
            if (expected.Error is { } error) json.WriteString("error", error);
            WriteArray("completeToolCalls", expected.Calls.Select(call => $"{call.Name} {string.Concat(call.Arguments)}"));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);

        void WriteArray(string name, IEnumerable<string> values)
        {
            json.WriteStartArray(name);
            foreach (string value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }

    public static string ToHtml(string address)
    {
        var html = new StringBuilder("""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Endings of a chat answer</title>
            <style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}
            th,td{text-align:left;vertical-align:top;padding:.4rem .8rem;border-bottom:1px solid #ccc}code{white-space:nowrap}</style>
            <h1>Endings of a chat answer</h1>
            <p>Point a front end at the address of a case, send a message, and compare what it shows with what the user must see.
            <code>Accept: application/json</code> returns this list as JSON.</p>
            <table><tr><th>Address<th>What happens<th>What the user does<th>What the user must see<th>What the front end must not do
            """);
        foreach (ChatFrontEndCase @case in ChatFrontEndSuite.Cases)
        {
            html.Append("\n<tr><td><code>").Append(WebUtility.HtmlEncode($"{address}/{@case.Name}")).Append("</code>");
            foreach (string text in new[] { @case.Description, @case.Action ?? "Sends a message.", @case.MustSee, @case.MustNot })
                html.Append("<td>").Append(WebUtility.HtmlEncode(text));
        }

        return html.Append("\n</table></html>\n").ToString();
    }
}
