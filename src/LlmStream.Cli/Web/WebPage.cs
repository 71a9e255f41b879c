using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Cli.Web;

/// <summary>Serves the files of the page, which are resources of this assembly.</summary>
internal static class WebPage
{
    private const string Prefix = "Page/";
    private const string Index = "index.html";

    private const string NoPeers = "<meta name=\"peers\" content=\"\">";

    /// <summary>Maps <c>/</c> and the files that it refers to.</summary>
    public static void Map(WebApplication app, WebPeers peers)
    {
        Assembly assembly = typeof(WebPage).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            string file = resource[Prefix.Length..];
            byte[] content = Read(assembly, resource);
            string type = GetContentType(file);
            string path = string.Equals(file, Index, StringComparison.Ordinal) ? "/" : "/" + file;
            app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], http =>
            {
                string origins = string.Join(' ', peers.GetOrigins(http.Request));
                return WriteAsync(http, origins.Length > 0 && path == "/" ? AddPeers(content, origins) : content, type, origins);
            });
        }
    }

    // The answer of a model is untrusted: even if it became part of the page as HTML, it could neither run a script nor load anything.
    private static string CreateContentSecurityPolicy(string peers) =>
        $"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{(peers.Length > 0 ? " " : "")}{peers}; "
        + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static byte[] AddPeers(byte[] index, string origins)
    {
        string addresses = string.Join(' ', origins.Split(' ').Select(origin => HtmlEncoder.Default.Encode(origin + "/")));
        return Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(index).Replace(NoPeers, $"<meta name=\"peers\" content=\"{addresses}\">", StringComparison.Ordinal));
    }

    private static Task WriteAsync(HttpContext http, byte[] content, string type, string peers)
    {
        HttpResponse response = http.Response;
        IHeaderDictionary headers = response.Headers;
        headers.ContentSecurityPolicy = CreateContentSecurityPolicy(peers);
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store"; // another version of the tool may use the same port
        response.ContentType = type;
        response.ContentLength = content.Length;
        return HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(content, http.RequestAborted).AsTask();
    }

    private static byte[] Read(Assembly assembly, string resource)
    {
        using Stream stream = assembly.GetManifestResourceStream(resource)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private static string GetContentType(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"The content type of {file} is unknown."),
    };
}
