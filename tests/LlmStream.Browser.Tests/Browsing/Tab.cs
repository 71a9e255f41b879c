using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace LlmStream.Browser.Tests.Browsing;

/// <summary>A page of a test, and what happened in it.</summary>
public sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _errors = [];
    private readonly ConcurrentQueue<string> _requests = [];
    private TaskCompletionSource<string> _firstError = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Tab(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.PageError += (_, error) => AddError(error);
        page.Request += (_, request) => _requests.Enqueue(request.Url);
        page.Dialog += (_, dialog) =>
        {
            AddError("dialog: " + dialog.Message);
            _ = dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    /// <summary>Exceptions that the page did not handle, and dialogs that it opened.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>The URLs of all requests, also of those that failed.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    /// <summary>Opens another page, or the same one anew, and forgets what happened before.</summary>
    public async Task GoToAsync(Uri address)
    {
        await Page.GotoAsync("about:blank");
        _errors.Clear();
        _requests.Clear();
        _firstError = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await Page.GotoAsync(address.AbsoluteUri);
    }

    /// <summary>Waits until an element shows exactly this text.</summary>
    public Task ShowsAsync(string selector, string text) =>
        Assertions.Expect(Page.Locator(selector)).ToHaveTextAsync(text);

    /// <summary>Waits for an exception that the page does not handle.</summary>
    public Task<string> WaitForErrorAsync() => _firstError.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    private void AddError(string error)
    {
        _errors.Enqueue(error);
        _firstError.TrySetResult(error);
    }
}
