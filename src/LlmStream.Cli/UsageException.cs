namespace LlmStream.Cli;

/// <summary>The arguments of a command are invalid.</summary>
/// <param name="message">What is wrong: one phrase without a final period, since the name of the command precedes it.</param>
/// <param name="innerException">The cause, if any.</param>
internal sealed class UsageException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Translates the refusal of an argument, without the name of the parameter, which means nothing to users.</summary>
    public static UsageException Create(ArgumentException exception) =>
        new(exception.Message.Split(" (Parameter", 2)[0].TrimEnd('.'), exception);
}
