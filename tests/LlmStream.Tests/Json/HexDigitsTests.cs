using System.Globalization;
using System.Text;
using LlmStream.Json;

namespace LlmStream.Tests.Json;

public class HexDigitsTests
{
    [Fact]
    public void Every_byte_in_every_place_is_a_digit_or_not()
    {
        for (int place = 0; place < 4; place++)
        {
            for (int value = 0; value <= byte.MaxValue; value++)
            {
                byte[] digits = "0aF9 "u8.ToArray();
                digits[place] = (byte)value;
                Assert.Equal(char.IsAsciiHexDigit((char)value), HexDigits.AreValid(digits));
            }
        }
    }

    [Fact]
    public void Every_number_is_read_in_lower_and_upper_case()
    {
        for (int number = 0; number <= char.MaxValue; number++)
        {
            Assert.Equal((char)number, HexDigits.ToChar(Encoding.ASCII.GetBytes(number.ToString("x4", CultureInfo.InvariantCulture))));
            Assert.Equal((char)number, HexDigits.ToChar(Encoding.ASCII.GetBytes(number.ToString("X4", CultureInfo.InvariantCulture))));
        }
    }
}
