// What libFuzzer calls with bytes that it made up (scripts/fuzz compiles this together with the server).

/// Takes the bytes for every kind of request. Whatever they are: no crash, no read outside of them, no endless loop.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequests(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    RequestProbe.readEverything(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    return 0
}
