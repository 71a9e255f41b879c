using LlmStream.Browser.Tests.Browsing;

[assembly: AssemblyFixture(typeof(Chromium))]
[assembly: AssemblyFixture(typeof(Bundles))]
