// What libFuzzer calls with bytes that it made up (scripts/fuzz compiles this together with Columnar, as one module).

/// Takes the bytes for a Parquet file and reads all of it in every way there is. Whatever they are: no crash, no read
/// outside of them, no endless loop, no memory without bound.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzParquet(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count > 0 else { return 0 }
    ParquetProbe.readEverything(Buffer(base: UnsafeRawPointer(start), count: count, owner: nil))
    return 0
}
