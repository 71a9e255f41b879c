using System.Net;
using LlmStream.Resilience.Fallback;

namespace LlmStream.Tests.Resilience.Fallback;

public class FallbackRuleTests
{
    [Theory]
    [InlineData(ChatStreamError.Connection, true)]
    [InlineData(ChatStreamError.ConnectTimeout, true)]
    [InlineData(ChatStreamError.FirstDeltaTimeout, true)]
    [InlineData(ChatStreamError.IdleTimeout, true)]
    [InlineData(ChatStreamError.StalledTimeout, true)]
    [InlineData(ChatStreamError.RateLimited, true)]
    [InlineData(ChatStreamError.Unauthorized, true)]
    [InlineData(ChatStreamError.ServerError, true)]
    [InlineData(ChatStreamError.Truncated, true)]
    [InlineData(ChatStreamError.MalformedEvent, true)]
    [InlineData(ChatStreamError.NotAStream, true)]
    [InlineData(ChatStreamError.ProviderError, true)]
    [InlineData(ChatStreamError.InvalidRequest, false)]
    [InlineData(ChatStreamError.TotalTimeout, false)]
    [InlineData(ChatStreamError.TooLarge, false)]
    [InlineData(ChatStreamError.ClientDisposed, false)]
    public void The_kind_of_error_decides(ChatStreamError error, bool allows) =>
        Assert.Equal(allows, FallbackRule.Allows(new ChatStreamException(error)));

    [Theory]
    [InlineData(302, null, null)] // the base address is wrong
    [InlineData(402, null, "Insufficient Balance")]
    [InlineData(404, null, "The model `gpt-9` does not exist or you do not have access to it.")]
    [InlineData(413, "request_too_large", "Request exceeds the maximum size")]
    [InlineData(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.")]
    [InlineData(400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum")]
    [InlineData(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.")]
    [InlineData(400, "INVALID_ARGUMENT", "The input token count (1048900) exceeds the maximum number of tokens allowed (1048576).")]
    [InlineData(400, "FAILED_PRECONDITION", "User location is not supported for the API use.")]
    [InlineData(400, "ValidationException", "The provided model identifier is invalid.")]
    [InlineData(400, "invalid_request_error", "Model Not Exist")]
    [InlineData(400, "model_decommissioned", "The model `x` has been decommissioned and is no longer supported.")]
    [InlineData(400, "Arrearage", "Access denied, please make sure your account is in good standing.")]
    [InlineData(400, "unsupported_parameter", "Unsupported parameter: 'max_tokens' is not supported with this model.")]
    [InlineData(422, null, "registry.ollama.ai/library/x does not support tools")]
    public void An_invalid_request_that_concerns_the_provider_falls_back(int status, string? code, string? message) =>
        Assert.True(Allows(ChatStreamError.InvalidRequest, status, code, message));

    [Theory]
    [InlineData(400, null, null)]
    [InlineData(400, "invalid_type", "Invalid type for 'messages': expected an array of objects.")]
    [InlineData(422, "invalid_request_error", "tools.0.name: String should match pattern")]
    [InlineData(400, "content_filter", "The response was filtered due to the prompt triggering content management policy.")]
    [InlineData(400, "data_inspection_failed", "Input data may contain inappropriate content.")]
    [InlineData(400, "invalid_prompt", "Invalid prompt: we've limited access to this content for safety reasons.")]
    public void An_invalid_request_of_the_caller_does_not(int status, string? code, string? message) =>
        Assert.False(Allows(ChatStreamError.InvalidRequest, status, code, message));

    [Theory]
    [InlineData(null, "overloaded_error", "Overloaded", true)]
    [InlineData(null, "something_new", "Something happened", true)]
    [InlineData(400, "invalid_request_error", "messages: at least one message is required", false)]
    [InlineData(null, "invalid_prompt", "Invalid prompt", false)]
    [InlineData(null, "content_policy_violation", null, false)]
    [InlineData(null, "invalid_request_error", "prompt is too long", true)]
    public void An_error_in_the_stream_falls_back_unless_the_request_is_invalid_or_filtered(int? status, string code, string? message, bool allows) =>
        Assert.Equal(allows, Allows(ChatStreamError.ProviderError, status, code, message));

    [Fact]
    public void A_content_filter_is_not_evaded_whatever_the_status() =>
        Assert.False(Allows(ChatStreamError.Unauthorized, 403, "content_policy_violation", "Rejected."));

    private static bool Allows(ChatStreamError error, int? status, string? code, string? message) =>
        FallbackRule.Allows(new ChatStreamException(error) { StatusCode = (HttpStatusCode?)status, ProviderCode = code, ProviderMessage = message });
}
