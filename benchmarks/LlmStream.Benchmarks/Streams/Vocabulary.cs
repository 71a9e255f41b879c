namespace LlmStream.Benchmarks.Streams;

/// <summary>Generates tokens as a model does, the same ones in every run.</summary>
internal sealed class Vocabulary(string[] tokens)
{
    private const int Seed = 7;

    // Most tokens start with a space; some are punctuation, a line ending or a character outside ASCII.
    private static readonly string[] English =
    [
        " the", " sky", " is", " blue", " because", " light", " from", " sun", " scatter", "s", " in", " air", " and", " short",
        " wave", "length", "s", " are", " scattered", " more", " than", " long", " ones", ",", " so", " that", " we", " see", " them",
        " everywhere", ".", " At", " sunset", " however", ",", " it", " travels", " through", " more", " of", " atmosphere", "\n\n",
        " —", " red", " remains", ".", " It", " was", " explained", " by", " Rayleigh", " who", " measured", " how", " much", " each",
        " colour", " bends", ".", " “", "ether", "”",
    ];

    private static readonly string[] Chinese =
    [
        "天空", "是", "蓝色", "的", "，", "因为", "阳光", "在", "空气", "中", "散射", "。", "波长", "较短", "的", "光", "散射", "得", "更",
        "多", "，", "所以", "我们", "在", "各个", "方向", "都", "能", "看到", "它", "。", "日落", "时", "，", "光线", "穿过", "更厚", "的",
        "大气", "，", "剩下", "红色", "。",
    ];

    private readonly Random _random = new(Seed);

    public static Vocabulary CreateEnglish() => new(English);

    public static Vocabulary CreateChinese() => new(Chinese);

    public string NextToken() => tokens[_random.Next(tokens.Length)];

    /// <summary>Random letters and digits, as in ids and padding.</summary>
    public string NextLetters(int length) =>
        _random.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length);
}
