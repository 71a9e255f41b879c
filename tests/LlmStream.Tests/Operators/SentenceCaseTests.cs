namespace LlmStream.Tests.Operators;

/// <summary>
/// Classes of text that divide public sentence splitters: the rules of Pragmatic Segmenter (github.com/diasks2/pragmatic_segmenter) and the
/// reports about splitters that feed text-to-speech, with texts of our own.
/// </summary>
public class SentenceCaseTests
{
    [Theory]
    // Marks
    [InlineData("The kettle boils. Who takes sugar?", "The kettle boils.|Who takes sugar?")]
    [InlineData("Look out! A tram!", "Look out!|A tram!")]
    [InlineData("You did what?! Tell me.", "You did what?!|Tell me.")]
    [InlineData("Really?? Yes!!! Fine.", "Really??|Yes!!!|Fine.")]
    // Abbreviations
    [InlineData("Ask Mrs. Hale or Prof. Okafor. They know.", "Ask Mrs. Hale or Prof. Okafor.|They know.")]
    [InlineData("It opens at 9 a.m. Sunday hours differ.", "It opens at 9 a.m. Sunday hours differ.")] // cannot be decided without grammar
    [InlineData("He left at 6 p.m. on Friday. It rained.", "He left at 6 p.m. on Friday.|It rained.")]
    [InlineData("See fig. 4 and vol. 2, pp. 30-31. Then stop.", "See fig. 4 and vol. 2, pp. 30-31.|Then stop.")]
    [InlineData("Acme Inc. Makes anvils.", "Acme Inc. Makes anvils.")]
    [InlineData("Smith & Co. sells tea. It is good.", "Smith & Co. sells tea.|It is good.")]
    [InlineData("She has a Ph.D. in physics. Ask her.", "She has a Ph.D. in physics.|Ask her.")]
    [InlineData("I moved to the U.K. in May. Rain!", "I moved to the U.K. in May.|Rain!")]
    [InlineData("Meet on Oct. 3 or Nov. 7. Bring ID.", "Meet on Oct. 3 or Nov. 7.|Bring ID.")]
    [InlineData("Come to 5 Elm St. Ring twice.", "Come to 5 Elm St. Ring twice.")]
    [InlineData("Apples, pears, etc. are fruit. Eat them.", "Apples, pears, etc. are fruit.|Eat them.")]
    [InlineData("i.e. this one. Not that.", "i.e. this one.|Not that.")]
    [InlineData("W. E. B. Du Bois wrote it. Read it.", "W. E. B. Du Bois wrote it.|Read it.")]
    // Numbers
    [InlineData("It costs $7.50. Cheap!", "It costs $7.50.|Cheap!")]
    [InlineData("Use v2.1.0. It is stable.", "Use v2.1.0.|It is stable.")]
    [InlineData("The answer is 42. The question is unknown.", "The answer is 42.|The question is unknown.")]
    [InlineData("Pay 1.000,50 EUR by 3.4.2026. Thanks.", "Pay 1.000,50 EUR by 3.4.2026.|Thanks.")]
    [InlineData("No. 5 is alive. It moves.", "No. 5 is alive.|It moves.")]
    [InlineData("Is it late? No. It is early. So am I. We wait.", "Is it late?|No.|It is early.|So am I.|We wait.")]
    [InlineData("I. Setup\nII. Use. It works. .NET starts.", "I. Setup|II.|Use.|It works.|.NET starts.")]
    // Names with points
    [InlineData("Open https://example.com/a.b?c=d. Then log in.", "Open https://example.com/a.b?c=d.|Then log in.")]
    [InlineData("Write to me@example.co.uk. I answer.", "Write to me@example.co.uk.|I answer.")]
    [InlineData("Run app.exe. Edit Program.cs. Done.", "Run app.exe.|Edit Program.cs.|Done.")]
    [InlineData("ASP.NET runs on .NET. Node.js does not.", "ASP.NET runs on .NET.|Node.js does not.")]
    [InlineData("Call string.Join(a, b). It joins.", "Call string.Join(a, b).|It joins.")]
    // Quotes, brackets, emphasis
    [InlineData("She said “Go.” He went.", "She said “Go.”|He went.")]
    [InlineData("‘Stop.’ It stopped.", "‘Stop.’|It stopped.")]
    [InlineData("«Non.» Il part.", "«Non.»|Il part.")]
    [InlineData("It works (mostly). Try it.", "It works (mostly).|Try it.")]
    [InlineData("It works. (Mostly.) Try it.", "It works.|(Mostly.)|Try it.")]
    [InlineData("**Note.** Read on. _Really._ Yes.", "**Note.**|Read on.|_Really._|Yes.")]
    [InlineData("It ends here.[1] The next begins.", "It ends here.[1]|The next begins.")]
    // Ellipses
    [InlineData("Well... I see. Go on.", "Well...|I see.|Go on.")]
    [InlineData("And then … nothing. End.", "And then … nothing.|End.")]
    [InlineData("One . . . two. Three.", "One . . . two.|Three.")]
    // Lists and headings
    [InlineData("1. Wash. 2. Rinse.\n3. Dry.", "1. Wash.|2. Rinse.|3. Dry.")]
    [InlineData("a) One.\nb) Two.", "a) One.|b) Two.")]
    [InlineData("* **Speed.** Fast.\n* Size", "* **Speed.**|Fast.|* Size")]
    // Chinese, Japanese, Korean
    [InlineData("他走了。她留下了！为什么？不知道……", "他走了。|她留下了！|为什么？|不知道……")]
    [InlineData("「はい。」と彼は言った。次の文。", "「はい。」|と彼は言った。|次の文。")]
    [InlineData("안녕하세요. 저는 학생입니다. 감사합니다!", "안녕하세요.|저는 학생입니다.|감사합니다!")]
    [InlineData("版本3.5发布了。价格是¥9.90！", "版本3.5发布了。|价格是¥9.90！")]
    [InlineData("我用GPT-4.它很好。", "我用GPT-4.它很好。")]
    [InlineData("使用.NET 10。很快。", "使用.NET 10。|很快。")]
    [InlineData("（注意。）开始。", "（注意。）|开始。")]
    // Other scripts
    [InlineData("यह एक वाक्य है। यह दूसरा है।", "यह एक वाक्य है।|यह दूसरा है।")]
    [InlineData("هل أنت بخير؟ نعم. شكرا.", "هل أنت بخير؟|نعم.|شكرا.")]
    [InlineData("Привет. Как дела? Хорошо!", "Привет.|Как дела?|Хорошо!")]
    [InlineData("¿Qué tal? ¡Muy bien! Adiós.", "¿Qué tal?|¡Muy bien!|Adiós.")]
    public Task A_text_is_divided(string text, string expected) =>
        Splits.AssertSameAsync(text, async source => string.Join('|', await AllAsync(source.Sentences())), expected);

    [Theory]
    [InlineData("Well, in that case, we wait. Then we go, too.", "Well, in that case,|we wait.|Then we go, too.")] // "Well," is too short
    [InlineData("Once upon a time, there was a king.", "Once upon a time,|there was a king.")]
    [InlineData("It has 1,000,000 inhabitants, or so. Yes, it has.", "It has 1,000,000 inhabitants,|or so.|Yes, it has.")]
    [InlineData("The train leaves at 10:30 today: hurry.", "The train leaves at 10:30 today:|hurry.")]
    [InlineData("\"Not at all,\" she said, and left.", "\"Not at all,\"|she said, and left.")]
    [InlineData("Short. No, it is long, so.", "Short.|No, it is long, so.")]
    [InlineData("从前有一座山，山里有座庙。庙里，有人。", "从前有一座山，|山里有座庙。|庙里，有人。")]
    [InlineData("好，我来讲一个故事，你听。", "好，我来讲一个故事，|你听。")]
    [InlineData("See https://example.com/a,b,c, please.", "See https://example.com/a,b,c,|please.")]
    public Task The_first_clause_may_come_early(string text, string expected) =>
        Splits.AssertSameAsync(text, async source => string.Join('|', await AllAsync(source.Sentences(firstClauseEarly: true))), expected);

    private static async Task<List<string>> AllAsync(IAsyncEnumerable<string> source)
    {
        var all = new List<string>();
        await foreach (string piece in source) all.Add(piece);
        return all;
    }
}
