#pragma warning disable SA1403, MA0048 // types that only their names matter of

namespace Polly.Handlers
{
    internal class FakePollyHandler : DelegatingHandler;
}

namespace PollyLike
{
    internal sealed class FakeHandler : DelegatingHandler;
}

namespace Microsoft.Extensions.Http
{
    /// <summary>Named as the handler of the package Microsoft.Extensions.Http.Polly.</summary>
    internal sealed class PolicyHttpMessageHandler : DelegatingHandler;
}
