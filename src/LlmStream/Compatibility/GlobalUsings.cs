global using LlmStream.Compatibility;
