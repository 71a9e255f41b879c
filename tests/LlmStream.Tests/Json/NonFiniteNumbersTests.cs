using System.Text;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class NonFiniteNumbersTests
{
    [Theory]
    [InlineData("""{"a":NaN}""", """{"a":null}""")]
    [InlineData("""{"a":Infinity,"b":-Infinity,"c":+Infinity}""", """{"a":null,"b":null,"c":null}""")]
    [InlineData("""[nan,-nan,inf,-inf]""", """[null,null,null,null]""")]
    [InlineData("""{"a": -Infinity , "b":[NaN, 1]}""", """{"a": null , "b":[null, 1]}""")]
    [InlineData("NaN", "null")]
    [InlineData("""{"t":"information about bananas and Nancy","a":Infinity}""", """{"t":"information about bananas and Nancy","a":null}""")]
    [InlineData("""{"t":"inf","a":-inf}""", """{"t":"inf","a":null}""")]
    [InlineData("""{"t":"nannan","a":nan}""", """{"t":"nannan","a":null}""")]
    [InlineData("""{"NaN":NaN,"t":"NaN, Infinity \"NaN\" \\"}""", """{"NaN":null,"t":"NaN, Infinity \"NaN\" \\"}""")]
    public void Numbers_that_json_cannot_express_become_null(string json, string expected) => Assert.Equal(expected, Replace(json));

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"text":"NaN"}""")]
    [InlineData("""{"text":"a \"NaN: -Infinity, inf"}""")]
    [InlineData("""{"a":null,"b":nano,"c":information}""")]
    [InlineData("""{"a":"the information of Fernanda"}""")]
    [InlineData("nf")]
    [InlineData("\"NaN")]
    [InlineData("\"NaN\\")]
    public void Anything_else_is_not_copied(string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        Assert.True(NonFiniteNumbers.Replace(bytes) == bytes.AsSpan());
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("nan")]
    [InlineData("inf")]
    [InlineData("Infinity")]
    public void A_number_is_found_at_every_place_of_a_long_event(string number)
    {
        for (int before = 0; before < 100; before++)
        {
            for (int after = 0; after < 70; after += 23)
            {
                string start = $"[\"{new string('n', before)}\",", end = $",\"{new string('N', after)}\"]";
                Assert.Equal($"{start}null{end}", Replace(start + number + end));
            }
        }
    }

    private static string Replace(string json) => Encoding.UTF8.GetString(NonFiniteNumbers.Replace(Encoding.UTF8.GetBytes(json)));
}
