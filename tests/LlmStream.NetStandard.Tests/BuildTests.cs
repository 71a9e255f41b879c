using System.Reflection;
using System.Runtime.Versioning;

namespace LlmStream.Tests;

public class BuildTests
{
    [Fact]
    public void The_tests_run_with_the_build_for_NET_Standard() => Assert.Equal(
        ".NETStandard,Version=v2.0",
        typeof(ChatStreamReader).Assembly.GetCustomAttribute<TargetFrameworkAttribute>()?.FrameworkName);
}
