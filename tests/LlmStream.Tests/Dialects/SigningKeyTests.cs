using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

public class SigningKeyTests
{
    [Theory]
    [InlineData("id:secret", "id", null)]
    [InlineData("id:secret:token", "id", "token")]
    [InlineData("id:secret:to:ken", "id", "to:ken")]
    [InlineData("id:secret:", "id", null)]
    public void A_key_has_an_id_a_secret_and_perhaps_a_token(string key, string id, string? token)
    {
        SigningKey parsed = SigningKey.TryParse(key)!;
        Assert.Equal((id, token), (parsed.Id, parsed.Token));
        Assert.Equal(SigningKey.TryParse("other:secret")!.Sign("", ["a"], "text"), parsed.Sign("", ["a"], "text"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("bearer-token")]
    [InlineData(":secret")]
    [InlineData("id:")]
    public void Another_key_is_not_parsed(string? key) => Assert.Null(SigningKey.TryParse(key));

    [Fact]
    public void The_string_form_does_not_hold_the_secret() => Assert.Equal("id", SigningKey.TryParse("id:secret:token")!.ToString());

    // The values are those of an independent implementation.
    [Fact]
    public void A_text_is_signed_with_a_chain_of_keys()
    {
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", SigningKey.Hash("abc")); // FIPS 180-2, B.1
        Assert.Equal(
            "5e2a6524071c94031fb03b3ac862dd2dcf85d1b21a7bcf83071f3b47ae83ad21",
            SigningKey.TryParse("id:secret")!.Sign("P", ["2026-01-02", "service"], "text"));
    }
}
