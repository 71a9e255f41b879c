using System.Net;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Format;

/// <summary>
/// The details of an end: the attempts and the usage that the deltas do not have, and of an error everything that
/// <see cref="ChatStreamException"/> states. The inner exception is not kept; the partial answer is in the records.
/// </summary>
internal static class EndFormat
{
    public static byte[] Write(ChatStreamResult answer, ChatStreamException? error, ChatStreamRelayError? failure)
    {
        var writer = new FieldWriter();
        writer.WriteVersion(RecordVersion.Current);
        foreach (ChatAttempt attempt in answer.Attempts) writer.Write(1, AttemptFormat.Write(attempt));
        if (answer.Usage is { } usage) writer.Write(2, UsageFormat.Write(usage));
        if (error is not null) writer.Write(3, Write(error));
        writer.WriteIfSet(4, failure?.ToString());
        writer.WriteIfSet(5, (error?.InnerException as ChatStreamRelayException)?.Details);
        return writer.ToArray();
    }

    /// <summary>Reads the details.</summary>
    /// <param name="data">The data; empty if the store itself ended the stream.</param>
    /// <exception cref="FormatException">The data is damaged, or of an unknown version.</exception>
    public static EndDetails Read(ReadOnlySpan<byte> data)
    {
        var attempts = new List<ChatAttempt>();
        UsageDetails? usage = null;
        ChatStreamException? error = null;
        ChatStreamRelayError? failure = null;
        string? failureDetails = null;
        if (data.IsEmpty) return new EndDetails(attempts, usage, error);
        var reader = new FieldReader(data);
        RecordVersion.Check(reader.ReadVersion());
        ReadOnlySpan<byte> errorFields = default;
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1: attempts.Add(AttemptFormat.Read(reader.Bytes)); break;
                case 2: usage = UsageFormat.Read(reader.Bytes); break;
                case 3: errorFields = reader.Bytes; break;
                case 4: failure = EnumFormat.Read(reader.Text, ChatStreamRelayError.ProducerLost); break;
                case 5: failureDetails = reader.Text; break;
            }
        }

        if (!errorFields.IsEmpty) error = ReadError(errorFields, failure, failureDetails);
        return new EndDetails(attempts, usage, error);
    }

    private static FieldWriter Write(ChatStreamException error)
    {
        var writer = new FieldWriter();
        writer.Write(1, error.Error.ToString());
        writer.Write(2, error.Message);
        writer.WriteUnlessZero(3, error.IsTransient ? 1 : 0);
        writer.WriteIfSet(4, (long?)error.StatusCode);
        writer.WriteIfSet(5, error.ProviderCode);
        writer.WriteIfSet(6, error.ProviderMessage);
        writer.WriteIfSet(7, error.RequestId);
        writer.WriteIfSet(8, error.RetryAfter?.Ticks);
        writer.WriteUnlessZero(9, error.AttemptCount);
        writer.WriteIfSet(10, error.ResumeRefusal?.ToString());
        writer.WriteIfSet(11, error.FallbackRefusal?.ToString());
        return writer;
    }

    private static ChatStreamException ReadError(ReadOnlySpan<byte> bytes, ChatStreamRelayError? failure, string? details)
    {
        ChatStreamError error = default;
        bool isTransient = false;
        string? message = null, code = null, providerMessage = null, requestId = null;
        HttpStatusCode? status = null;
        TimeSpan? retryAfter = null;
        int attempts = 0;
        ChatResumeRefusal? refusal = null;
        ChatFallbackRefusal? fallbackRefusal = null;
        var reader = new FieldReader(bytes);
        while (reader.Read())
        {
            switch (reader.Field)
            {
                case 1: error = EnumFormat.Read(reader.Text, ChatStreamError.ProviderError); break;
                case 2: message = reader.Text; break;
                case 3: isTransient = reader.Number != 0; break;
                case 4: status = (HttpStatusCode)reader.Int32; break;
                case 5: code = reader.Text; break;
                case 6: providerMessage = reader.Text; break;
                case 7: requestId = reader.Text; break;
                case 8: retryAfter = TimeSpan.FromTicks(reader.Number); break;
                case 9: attempts = reader.Int32; break;
                case 10: refusal = EnumFormat.Read(reader.Text, ChatResumeRefusal.NotTransient); break;
                case 11: fallbackRefusal = EnumFormat.Read(reader.Text, ChatFallbackRefusal.NotForThisError); break;
            }
        }

        ChatStreamRelayException? cause = failure is { } reason ? new ChatStreamRelayException(reason) { Details = details } : null;
        return new ChatStreamException(error, message, cause)
        {
            IsTransient = isTransient,
            StatusCode = status,
            ProviderCode = code,
            ProviderMessage = providerMessage,
            RequestId = requestId,
            RetryAfter = retryAfter,
            AttemptCount = attempts,
            ResumeRefusal = refusal,
            FallbackRefusal = fallbackRefusal,
        };
    }
}

/// <summary>The details of an end.</summary>
/// <param name="Attempts">The attempts; empty if they are unknown.</param>
/// <param name="Usage">The total usage, or null.</param>
/// <param name="Error">The error, without the partial answer; null if there is none.</param>
internal sealed record EndDetails(IReadOnlyList<ChatAttempt> Attempts, UsageDetails? Usage, ChatStreamException? Error);
