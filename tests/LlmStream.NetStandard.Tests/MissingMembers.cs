namespace LlmStream.Tests;

/// <summary>The members that the build for .NET Standard lacks, and tests use.</summary>
internal static class MissingMembers
{
    extension(LlmStreamClient)
    {
        public static SocketsHttpHandler CreateHandler(LlmStreamOptions options)
        {
            _ = options;
            return new SocketsHttpHandler { AllowAutoRedirect = false };
        }
    }
}
