using System.Text;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

public class SecretRedactorTests
{
    private const string Secret = "sk-Secret/0123-abcdef";
    private readonly SecretRedactor _redactor = new([Secret]);

    [Theory]
    [InlineData("key sk-Secret/0123-abcdef.", "key [key].")]
    [InlineData("sk-Secret/0123-abcdefsk-Secret/0123-abcdef", "[key]")]
    [InlineData(@"key sk\u002dSecret\/0123\u002Dabcdef.", "key [key].")]
    [InlineData(@"key sk\\u002dSecret\\\/0123-abcdef.", "key [key].")]
    [InlineData("key sk%2DSecret%2f0123-abcdef.", "key [key].")]
    [InlineData("key sk-Secret%252F0123-abcdef.", "key [key].")]
    [InlineData("key sk&#45;Secret&#x2F;0123-abcdef.", "key [key].")]
    [InlineData(@"sk-Secret/0123-abcde\u0066", "[key]")]
    [InlineData("sk-Secret/0123-abcde%66", "[key]")]
    [InlineData("sk-Secret/0123-abcde&#102;", "[key]")]
    [InlineData("cut: sk-Secret/…", "cut: [key]…")]
    [InlineData("cut: …0123-abcdef", "cut: …[key]")]
    [InlineData("short: sk-Secr", "short: sk-Secr")]
    [InlineData("100% \\ & other; text %zz \\u00 \\", "100% \\ & other; text %zz \\u00 \\")]
    [InlineData("", "")]
    public void Whole_escaped_and_cut_secrets_are_removed(string text, string expected) => Assert.Equal(expected, _redactor.Redact(text));

    [Theory]
    [InlineData("")]
    [InlineData("u:")]
    [InlineData("us:")]
    [InlineData("user:")]
    public void A_secret_within_base64_is_removed(string before)
    {
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + Secret + "!"));
        string redacted = _redactor.Redact($"Basic {encoded}")!;
        for (int i = 0; i + 12 <= encoded.Length; i++) Assert.DoesNotContain(encoded.Substring(i, 12), redacted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("u")]
    [InlineData("us")]
    public void A_secret_within_base64_for_addresses_is_removed(string before)
    {
        const string Symbols = "~~~???>>>~~~???>>>"; // encoded with many of the characters that differ
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(before + Symbols + "!")).Replace('+', '-').Replace('/', '_');
        string redacted = new SecretRedactor([Symbols]).Redact(encoded)!;
        for (int i = 0; i + 12 <= encoded.Length; i++) Assert.DoesNotContain(encoded.Substring(i, 12), redacted, StringComparison.Ordinal);
    }

    [Fact]
    public void No_cut_shows_eight_characters_of_a_secret()
    {
        for (int length = 0; length <= Secret.Length; length++)
        {
            string redacted = _redactor.Redact($"x {Secret[..length]} y {Secret[length..]}")!;
            for (int i = 0; i + 8 <= Secret.Length; i++) Assert.DoesNotContain(Secret.Substring(i, 8), redacted, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_secret_with_escape_characters_is_removed() =>
        Assert.Equal("a [key] b", new SecretRedactor(["p%41ss&amp;word"]).Redact("a p%41ss&amp;word b"));

    [Fact]
    public void Placeholders_are_no_secrets() => Assert.Equal("none", new SecretRedactor(["none", "-", ""]).Redact("none"));

    [Fact]
    public void Causes_are_replaced_only_if_they_contain_a_secret()
    {
        var harmless = new HttpRequestException("no", new IOException("reason"));
        Assert.Same(harmless, RedactedCause.Of(harmless, _redactor.Redact));
        Assert.Null(RedactedCause.Of(null, _redactor.Redact));

#if LIBRARY_FOR_NETSTANDARD
        const HttpRequestError Kind = HttpRequestError.Unknown; // that build does not know the property
#else
        const HttpRequestError Kind = HttpRequestError.InvalidResponse;
#endif
        var leaking = new HttpRequestException(HttpRequestError.InvalidResponse, "no", new IOException($"line '{Secret}'"));
        var replaced = Assert.IsType<HttpRequestException>(RedactedCause.Of(leaking, _redactor.Redact));
        Assert.Equal((Kind, "no", "line '[key]'"), (replaced.HttpRequestError, replaced.Message, replaced.InnerException!.Message));
        Assert.DoesNotContain(Secret, replaced.ToString(), StringComparison.Ordinal);
    }
}
