using System.Diagnostics;

namespace LlmStream.Answers;

/// <summary>Decides which call a fragment belongs to, for servers of which neither the index nor the id can be relied on.</summary>
/// <remarks>
/// The first row that applies decides. "The call found" is the latest one with the fragment's id; else the latest with its index, or, if
/// no call has a stated index yet, the call at that place; else, if the fragment has no index, the call at its position in the list of
/// its chunk, counted from where the latest list that began a call did.
/// <list type="table">
/// <listheader><term>The fragment</term><description>belongs to</description></listheader>
/// <item><term>is empty, and its id or index is unknown</term><description>nothing: it is a placeholder</description></item>
/// <item><term>has a number of its dialect</term><description>the call with that number, or a new one</description></item>
/// <item><term>is a complete call</term><description>a new call, whatever its id</description></item>
/// <item>
/// <term>is of a message that repeats the answer</term>
/// <description>the call found, or the call at its position, if that has no other name; else a new one</description>
/// </item>
/// <item><term>has a name, and no call was found</term><description>a new call</description></item>
/// <item><term>has a name, and the call found has none yet</term><description>the call found</description></item>
/// <item><term>has another name than the call found</term><description>a new call, also if the id is the same</description></item>
/// <item>
/// <term>has the same name, but another id; the arguments so far are not the beginning of an object, and it does not begin them at the
/// same index</term>
/// <description>a new call</description>
/// </item>
/// <item>
/// <term>has the same name, and other arguments or another index, or is in the same list; the arguments so far are a complete
/// object, and it is no placeholder with the same id</term>
/// <description>a new call</description>
/// </item>
/// <item><term>has the same name otherwise: it repeats the name</term><description>the call found</description></item>
/// <item><term>has no name</term><description>the call found; else the latest that is not complete; else a new one</description></item>
/// </list>
/// All of this occurs: the same index for all calls, with different ids; no index; an index that is only stated from the second fragment
/// on, or as a string; <c>""</c> as the id of later fragments; a new id in each fragment; the same id for all calls; the name in each
/// fragment; calls that are repeated as a whole.
/// </remarks>
internal sealed class ToolCallMatcher(List<ToolCallBuilder> calls, bool isIncremental)
{
    private int _list; // the number of the current list
    private int _position = int.MaxValue; // of the fragment before, in its list
    private int _start; // the index of the call that the position 0 of a list stands for

    /// <summary>The number of the list that the latest fragment was in.</summary>
    public int List => _list;

    /// <summary>The call that a fragment belongs to, or null if it belongs to none of the calls so far.</summary>
    /// <param name="fragment">The fragment.</param>
    /// <param name="isPlaceholder">Whether it belongs to no call at all.</param>
    public ToolCallBuilder? Find(in ToolCallFragment fragment, out bool isPlaceholder)
    {
        isPlaceholder = false;
        if (fragment.ProviderIndex is { } number)
        {
            ToolCallBuilder? known = FindByNumber(number);
            isPlaceholder = known is null && fragment.IsEmpty;
            return known;
        }

        if (fragment.Position <= _position) _list++;
        _position = fragment.Position;
        if (fragment.IsEmpty)
        {
            ToolCallBuilder? ended = fragment.StatedIndex is { } index ? FindByIndex(index) : null;
            isPlaceholder = ended is null;
            return ended;
        }

        if (fragment.IsWhole) return null;
        ToolCallBuilder? found = FindStated(fragment);
        if (fragment.IsRepeated) return found is not null && MayBeCalled(found, fragment.Name) ? found : FindRepeated(fragment);
        if (fragment.Name is not null) return found is null || BeginsAnother(found, fragment) ? null : found;
        return found ?? calls.FindLast(call => !call.IsComplete);
    }

    /// <summary>Notes a fragment at the first position of a list that was found to belong to the latest call without a search.</summary>
    public void NoteContinuation()
    {
        Debug.Assert(calls.Count > 0, "A call is continued");
        _list++; // no position is below the first
        _position = 0;
    }

    /// <summary>Notes that a fragment began a call, which is the last one now.</summary>
    public void NoteNew(in ToolCallFragment fragment)
    {
        Debug.Assert(calls.Count > 0, "The new call is in the list");
        // If each chunk repeats everything, the positions are those of all calls.
        if (isIncremental) _start = calls.Count - 1 - fragment.Position;
    }

    private ToolCallBuilder? FindStated(in ToolCallFragment fragment)
    {
        if (fragment.Id is { } id && FindById(id, fragment.StatedIndex) is { } byId) return byId;

        if (fragment.StatedIndex is not { } index) return FindAtPosition(fragment);
        if (FindByIndex(index) is { } byIndex) return byIndex;
        // An index that comes late.
        ToolCallBuilder? atIndex = At(index);
        return atIndex is { StatedIndex: null } && !HaveOtherIds(atIndex, fragment) ? atIndex : null;
    }

    /// <summary>The call with an id. If several have it, the one with the index that is stated too.</summary>
    private ToolCallBuilder? FindById(string id, int? index)
    {
        ToolCallBuilder? latest = null;
        for (int i = calls.Count - 1; i >= 0; i--)
        {
            if (!string.Equals(calls[i].StatedId, id, StringComparison.Ordinal)) continue;
            if (index is not null && calls[i].StatedIndex == index) return calls[i];
            latest ??= calls[i];
        }

        return latest;
    }

    private ToolCallBuilder? FindByNumber(int number)
    {
        for (int i = calls.Count - 1; i >= 0; i--)
        {
            if (calls[i].ProviderIndex == number) return calls[i];
        }

        return null;
    }

    private ToolCallBuilder? FindByIndex(int index)
    {
        for (int i = calls.Count - 1; i >= 0; i--)
        {
            if (calls[i].StatedIndex == index) return calls[i];
        }

        return null;
    }

    private ToolCallBuilder? FindAtPosition(in ToolCallFragment fragment)
    {
        ToolCallBuilder? found = At(_start + fragment.Position);
        if (found is null || (fragment.Name is not null && HaveOtherIds(found, fragment))) return null;
        if (fragment.Name is not null || !isIncremental || !found.HasRealCompleteArguments) return found;

        // The calls of one list may get their arguments one after the other.
        for (int i = _start + fragment.Position + 1; i < calls.Count; i++)
        {
            if (!calls[i].HasRealCompleteArguments) return calls[i];
        }

        return found;
    }

    private ToolCallBuilder? FindRepeated(ToolCallFragment fragment)
    {
        ToolCallBuilder? found = At(fragment.Position);
        bool isSame = found is not null && (fragment.Name is null || string.Equals(found.Name, fragment.Name, StringComparison.Ordinal));
        return isSame ? found : null;
    }

    private static bool MayBeCalled(ToolCallBuilder call, string? name) =>
        call.Name is null || name is null || string.Equals(call.Name, name, StringComparison.Ordinal);

    /// <summary>Whether a fragment with a name begins another call than the one that was found by its id, index, or position.</summary>
    private bool BeginsAnother(ToolCallBuilder found, in ToolCallFragment fragment)
    {
        if (found.Name is null) return false;
        if (!string.Equals(found.Name, fragment.Name, StringComparison.Ordinal)) return true;
        bool isOtherId = HaveOtherIds(found, fragment);
        if (!isIncremental) return isOtherId;
        bool isSameIndex = fragment.StatedIndex is { } index && index == found.StatedIndex;
        if (isOtherId) return found.HasArguments ? found.HasCompleteArguments : !isSameIndex || fragment.Arguments.IsEmpty;
        if (!found.HasCompleteArguments) return false;
        bool isOtherIndex = fragment.StatedIndex is not null && found.StatedIndex is not null && !isSameIndex;
        if (fragment.Arguments.IsEmpty) return isOtherIndex;
        if (found.LatestList == _list || isOtherIndex) return true;
        if (fragment.Id is not null && fragment.ArgumentsArePlaceholder) return false;
        return found.HasRealCompleteArguments && !found.HasEqualArguments(fragment.Arguments, fragment.ArgumentsAreEscaped);
    }

    private static bool HaveOtherIds(ToolCallBuilder call, in ToolCallFragment fragment) =>
        call.StatedId is { } id && fragment.Id is not null && !string.Equals(id, fragment.Id, StringComparison.Ordinal);

    private ToolCallBuilder? At(int index) => index >= 0 && index < calls.Count ? calls[index] : null;
}
