using LlmStream.Browser.Tests.Browsing;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Web;

/// <summary>The page of <c>llmstream web</c>, as its user sees it.</summary>
internal static class ChatPage
{
    extension(Tab tab)
    {
        /// <summary>The last answer.</summary>
        public ILocator Answer => tab.Page.Locator("article[data-role=assistant]").Last;

        /// <summary>How the last answer ended.</summary>
        public ILocator Ending => tab.Answer.Locator(".ending");

        /// <summary>The error of the last answer.</summary>
        public ILocator Alert => tab.Answer.GetByRole(AriaRole.Alert);

        public ILocator Prompt => tab.Page.Locator("#prompt");

        public ILocator StopButton => tab.Page.Locator("#stop");

        public ILocator SendButton => tab.Page.Locator("#send");

        /// <summary>Types a message and sends it.</summary>
        public async Task SendMessageAsync(string message)
        {
            await tab.Prompt.FillAsync(message);
            await tab.SendButton.ClickAsync();
        }
    }

    /// <summary>Waits until an element shows this text among others.</summary>
    public static Task ShowsAsync(this ILocator locator, string text) => Assertions.Expect(locator).ToContainTextAsync(text);

    /// <summary>Waits until an element is visible.</summary>
    public static Task IsShownAsync(this ILocator locator) => Assertions.Expect(locator).ToBeVisibleAsync();

    /// <summary>Waits until an element is absent or hidden.</summary>
    public static Task IsNotShownAsync(this ILocator locator) => Assertions.Expect(locator).ToBeHiddenAsync();
}
