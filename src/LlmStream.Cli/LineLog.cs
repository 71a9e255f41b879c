using System.CommandLine;

namespace LlmStream.Cli;

/// <summary>The log of a server on standard output: lines that several threads write.</summary>
/// <param name="command">The name of the command, for error messages.</param>
/// <param name="console">The output streams.</param>
internal sealed class LineLog(string command, InvocationConfiguration console)
{
    private readonly TextWriter _output = TextWriter.Synchronized(console.Output);

    /// <summary>Writes a line.</summary>
    /// <exception cref="IOException">The line cannot be written.</exception>
    /// <exception cref="OutputException">The same, if standard output is a pipe or a file.</exception>
    public void Write(string line)
    {
        // Console writers flush each line only on a terminal; scripts that start the server wait for the lines.
        _output.WriteLine(TerminalText.EscapeLine(line)); // may contain text of clients
        _output.Flush();
    }

    /// <summary>Writes a line. If that fails, the server goes on.</summary>
    public void TryWrite(string line)
    {
        try
        {
            Write(line);
        }
        catch (Exception exception) when (exception is IOException or OutputException { IsClosed: false })
        {
            console.Error.WriteLine(TerminalText.EscapeLine($"{command}: cannot write the log: {exception.Message}"));
        }
        catch (OutputException)
        {
            // Nobody reads the log anymore.
        }
    }
}
