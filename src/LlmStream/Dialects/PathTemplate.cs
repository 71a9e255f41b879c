namespace LlmStream.Dialects;

/// <summary>Puts the model into the path of a request, if the path names it: Gemini's, and deployments on Azure.</summary>
internal static class PathTemplate
{
    private const string Model = "{model}";

    /// <summary>Replaces <c>{model}</c>, percent-encoded, so that a model cannot change the address in any other way.</summary>
    /// <param name="path">The path.</param>
    /// <param name="model">The model.</param>
    /// <param name="isHierarchical">Whether a slash in the name separates segments; otherwise it is encoded.</param>
    /// <exception cref="ArgumentException">The model cannot be part of a path.</exception>
    public static string Expand(string path, string model, bool isHierarchical = false)
    {
        if (!path.Contains(Model, StringComparison.Ordinal)) return path;
        if (FindFault(model) is { } fault)
        {
            string shown = string.Concat(model.Select(static c => char.IsControl(c) ? '?' : c));
            throw new ArgumentException($"The model name '{shown}' cannot be part of the request's address: it {fault}.", nameof(model));
        }

        string encoded = isHierarchical
            ? string.Join('/', model.Split('/').Select(Uri.EscapeDataString))
            : Uri.EscapeDataString(model);
        return path.Replace(Model, encoded, StringComparison.Ordinal);
    }

    private static string? FindFault(string model)
    {
        if (string.IsNullOrWhiteSpace(model)) return "is empty";
        if (model.Contains('\\', StringComparison.Ordinal)) return "contains a backslash";
        if (model.Any(char.IsControl)) return "contains a control character";
        string[] segments = model.Split('/');
        return segments.Any(string.IsNullOrWhiteSpace) ? "contains an empty segment"
            : segments.Any(segment => segment is "." or "..") ? "contains a dot segment"
            : null;
    }
}
