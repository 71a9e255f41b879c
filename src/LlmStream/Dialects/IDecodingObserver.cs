using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Receives what a decoder encounters besides the answer. Only an inspection has one.</summary>
internal interface IDecodingObserver
{
    /// <summary>An event of this type was read (<c>event:</c>).</summary>
    void OnEvent(string eventType);

    /// <summary>An event had no data.</summary>
    void OnEmptyEvent();

    /// <summary>An event could not be understood.</summary>
    void OnMalformedEvent();

    /// <summary>An event came after the end of the answer.</summary>
    void OnEventAfterEnd();

    /// <summary>The end of the stream cut off an event that begins like this.</summary>
    void OnCutEvent(string quote);

    /// <summary>An event held neither a choice nor usage.</summary>
    void OnEventWithoutChoices();

    /// <summary>An event was of an unknown type, as stated in its JSON.</summary>
    void OnUnknownEvent(string type);

    /// <summary>An event had an unknown field, at this path.</summary>
    void OnUnknownField(string path);

    /// <summary>The provider stated why the answer ended.</summary>
    void OnFinishReason();

    /// <summary>The provider stated token counts.</summary>
    void OnUsage();

    /// <summary>The end marker came.</summary>
    void OnEndMarker();
}

/// <summary>How decoders report to an observer that may be absent.</summary>
internal static class DecodingObserverExtensions
{
    /// <summary>Reports the field that the reader is on if it is not among the known ones.</summary>
    public static void NoteField(this IDecodingObserver? observer, ref Utf8JsonReader reader, FieldNames known, string path = "")
    {
        if (observer is not null && !known.Contains(ref reader)) observer.OnUnknownField(path + reader.Decode());
    }
}
