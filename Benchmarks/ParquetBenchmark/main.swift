// Reads or writes a Parquet file and prints the seconds that it took, from opening the file to the last value or byte.
//
// usage: ParquetBenchmark read FILE
//        ParquetBenchmark write FILE OUT none|snappy|gzip|zstd|lz4 plain|dictionary|automatic

import Columnar
import Foundation

func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .seconds(1)
}

let arguments = Array(CommandLine.arguments.dropFirst())
let codecs: [String: Codec] = [
    "none": .none, "snappy": .snappy, "gzip": .gzip, "zstd": .zstd(level: 1), "lz4": .lz4,
]
let encodings: [String: ParquetWriterOptions.Encoding] = [
    "plain": .plain, "dictionary": .dictionary, "automatic": .automatic,
]

switch arguments.first {
case "read" where arguments.count == 2:
    var table: Table?
    print(try seconds { table = try ParquetFile(path: arguments[1]).read() })
    withExtendedLifetime(table) {}
case "write" where arguments.count == 5:
    guard let codec = codecs[arguments[3]], let encoding = encodings[arguments[4]] else { fallthrough }
    let table = try ParquetFile(path: arguments[1]).read()
    var options = ParquetWriterOptions()
    options.compression = codec
    for field in table.fields { options.encodings[field.name] = encoding }
    print(
        try seconds {
            let writer = try ParquetWriter(path: arguments[2], fields: table.fields, options: options)
            try writer.write(table)
            _ = try writer.close()
        })
default:
    FileHandle.standardError.write(Data("usage: ParquetBenchmark read FILE | write FILE OUT CODEC ENCODING\n".utf8))
    exit(2)
}
