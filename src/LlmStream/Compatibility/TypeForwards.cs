using System.Runtime.CompilerServices;

// Part of the signatures of init-only properties. A library that was compiled with the build for .NET Standard 2.0, which has the type
// itself, finds these properties in the other builds because of this.
[assembly: TypeForwardedTo(typeof(IsExternalInit))]
