using System.Text.Json;

namespace LlmStream.AspNetCore.Requests;

internal static class UIMessageReader
{
    public static bool Matches(JsonElement body) => false;

    public static ParsedRequest Read(JsonElement body, ChatWire wire) => throw new NotImplementedException();
}
