using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LlmStream.Cli.Inspect;

/// <summary>
/// Reads the bodies of the responses in a trace of curl (<c>--trace</c>, or <c>--trace-ascii</c>, which lacks line feeds and all characters
/// outside ASCII; everything.curl.dev/usingcurl/verbose/trace.html).
/// </summary>
internal static partial class CurlTrace
{
    private const string AsciiNote =
        "curl --trace-ascii has no line feeds and no characters outside ASCII; where lines end is guessed. Use --trace.";

    /// <summary>Whether a file begins as a trace does.</summary>
    public static bool IsTrace(ReadOnlySpan<byte> head) => Heading().IsMatch(Encoding.Latin1.GetString(head).Split('\n')[0]);

    /// <summary>The bodies of the responses, in their order.</summary>
    public static IEnumerable<RecordedStream> Read(byte[] content, string path)
    {
        List<Response> responses = [];
        string section = "";
        bool isAscii = false;
        foreach (string line in Encoding.Latin1.GetString(content).Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (Heading().Match(line) is { Success: true } heading) section = heading.Groups["section"].Value;
            else if (section is "Recv header" or "Recv data" && Row().Match(line) is { Success: true } row)
            {
                string text = row.Groups["bytes"].Success ? Decode(row.Groups["bytes"].Value) : row.Groups["text"].Value;
                isAscii |= !row.Groups["bytes"].Success;
                if (section == "Recv header" && text.StartsWith("HTTP/", StringComparison.Ordinal)) responses.Add(new Response());
                if (responses.Count == 0) continue;
                StringBuilder part = section == "Recv header" ? responses[^1].Head : responses[^1].Body;
                int offset = int.Parse(row.Groups["offset"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                // CR LF is not printed, but begins a row.
                if (isAscii && offset > 0 && offset == responses[^1].NextOffset + 2) part.Append("\r\n");
                part.Append(text);
                responses[^1].NextOffset = offset + text.Length;
            }
        }

        int number = 0;
        foreach (Response response in responses.Where(response => response.Body.Length > 0))
        {
            string body = response.Body.ToString();
            if (response.Head.ToString().Contains("transfer-encoding: chunked", StringComparison.OrdinalIgnoreCase)) body = Dechunk(body);
            if (isAscii) body = GuessLineFeeds(body);
            number++;
            string name = responses.Count == 1 ? path : $"{path}, response {number}";
            yield return new RecordedStream(name, new MemoryStream(Encoding.Latin1.GetBytes(body))) { Note = isAscii ? AsciiNote : null };
        }
    }

    private static string Decode(string bytes) => string.Concat(
        bytes.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(digits => (char)byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));

    /// <summary>Removes the sizes of chunks, which curl before 8.7 prints. A body without them is returned as it is.</summary>
    private static string Dechunk(string body)
    {
        var result = new StringBuilder(body.Length);
        int position = 0;
        while (ChunkSize().Match(body, position) is { Success: true } match && match.Index == position)
        {
            int size = int.Parse(match.Groups["size"].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            int start = position + match.Length;
            int count = Math.Min(size, body.Length - start);
            result.Append(body, start, count);
            position = start + count;
            if (size == 0) break;
            if (body.AsSpan(position).StartsWith("\r\n")) position += 2;
        }

        return result.Length == 0 ? body : result.ToString();
    }

    /// <summary>Every character that is not printed is shown as a dot. One before a field of an event is taken for a line feed.</summary>
    private static string GuessLineFeeds(string body) => AsciiLineEnd().Replace(body, match => new string('\n', match.Length));

    private sealed class Response
    {
        public StringBuilder Head { get; } = new();

        public StringBuilder Body { get; } = new();

        public int NextOffset { get; set; }
    }

    // With --trace-time a time, and with --trace-ids two numbers come first.
    [GeneratedRegex(
        @"^(\d\d:\d\d:\d\d\.\d+ )?(\[[\d-]+\] )?(== |<= (?<section>Recv \w+)|=> Send )", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(
        @"^(?<offset>[0-9a-f]{4,}): ((?<bytes>([0-9a-f]{2} |   ){16}).*|(?<text>.*))$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@"\G(?<size>[0-9a-fA-F]{1,8})(;[^\r\n]*)?\r\n", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ChunkSize();

    [GeneratedRegex(@"\.{1,2}(?=(data|event|id|retry):|:|$)|(?<=\})\.\.(?=\{)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AsciiLineEnd();
}
