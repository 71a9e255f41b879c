using System.Buffers;
using System.Text;

namespace LlmStream.Transport;

/// <summary>The headers of every request to a provider, those of the provider and those of the options; and which are secret.</summary>
internal static class RequestHeaders
{
    // RFC 9110, 5.6.2: token.
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // Parts of the names of headers that carry credentials.
    private static readonly string[] SecretNames =
        ["auth", "key", "token", "secret", "cookie", "passw", "credential", "signature", "session"];

    /// <summary>Copies the headers, so that later changes of the options have no effect, and checks their names.</summary>
    /// <exception cref="ArgumentException">A name is not allowed.</exception>
    public static KeyValuePair<string, string>[] Create(LlmProvider provider, LlmStreamOptions options)
    {
        CheckName(provider.ApiKeyHeader, nameof(LlmProvider.ApiKeyHeader));
        if (provider.IdempotencyHeader is { } header) CheckName(header, nameof(LlmProvider.IdempotencyHeader));
        KeyValuePair<string, string>[] headers = [.. provider.Headers, .. options.Headers];
        foreach ((string name, _) in headers) CheckName(name, "Headers");
        return headers;
    }

    /// <summary>Checks the values of headers.</summary>
    /// <exception cref="ArgumentException">A value is not allowed. The message does not contain it.</exception>
    public static void CheckValues(KeyValuePair<string, string>[] headers)
    {
        foreach ((string name, string value) in headers)
        {
            // RFC 9110, 5.5: a line break would begin another header, or another request.
            if (!HasForbiddenCharacter(value)) continue;
            throw new ArgumentException(
                $"The value of the header '{name}' contains a control character, such as a line break.", nameof(headers));
        }
    }

    private static bool HasForbiddenCharacter(ReadOnlySpan<char> value)
    {
        foreach (char c in value)
        {
            if (char.IsControl(c) && c != '\t') return true;
        }

        return false;
    }

    /// <summary>Whether a header of this name usually carries credentials.</summary>
    public static bool IsSecret(string name) => SecretNames.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    /// <summary>The credentials in the headers and in the user information and the query of the base address.</summary>
    public static List<string> SecretsOf(LlmProvider provider, LlmStreamOptions options)
    {
        List<string> secrets = [];
        AddSecrets(provider.Headers, secrets);
        AddSecrets(options.Headers, secrets);
        AddSecrets(provider.BaseAddress, secrets);
        return secrets;
    }

    private static void AddSecrets(IEnumerable<KeyValuePair<string, string>> headers, List<string> secrets)
    {
        foreach ((string name, string value) in headers)
        {
            if (IsSecret(name) && value is not null) secrets.AddRange(Parts(value));
        }
    }

    private static void AddSecrets(Uri address, List<string> secrets)
    {
        List<string> texts = [address.UserInfo, .. address.UserInfo.Split(':', 2)];
        foreach (string parameter in address.Query.TrimStart('?').Split('&'))
        {
            if (parameter.Split('=', 2) is [var name, var value] && IsSecret(name)) texts.Add(value);
        }

        foreach (string text in texts) secrets.AddRange([text, Uri.UnescapeDataString(text)]);
    }

    /// <summary>Credentials in a value: <c>Bearer token</c>, <c>Basic base64</c>, <c>name=value; name=value</c>, or all of it.</summary>
    private static IEnumerable<string> Parts(string value)
    {
        yield return value;
        foreach (string part in value.Split([' ', ';', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) continue;
            yield return part;
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0) yield return part[(equals + 1)..].Trim('"');
        }

        if (!value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) yield break;
        byte[] decoded = new byte[value.Length];
        if (!Convert.TryFromBase64String(value["Basic ".Length..].Trim(), decoded, out int length)) yield break;
        string credentials = Encoding.UTF8.GetString(decoded, 0, length);
        yield return credentials;
        yield return credentials[(credentials.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    private static void CheckName(string name, string property)
    {
        if (name.Length > 0 && !name.AsSpan().ContainsAnyExcept(TokenCharacters)) return;
        string shown = string.Concat(name.Select(static c => char.IsControl(c) ? '?' : c));
        throw new ArgumentException($"'{shown}' is not the name of a header ({property}).", property);
    }
}
