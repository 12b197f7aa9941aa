/// Ours side of the benchmarks that are about nanoseconds, which a new process a measurement cannot tell.
///
///     fstore-bench online PROJECT SERVICE KEYS READS BATCH
///
/// READS times, a batch of random keys of 0 ..< KEYS is read as vectors of float32; prints nanoseconds a batch: `ours N`.
import Columnar
import FeatureStore
import Foundation

/// SplitMix64, the same stream as in `lmdb_get.c`.
struct Numbers {
    private var state: UInt64 = 42

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

/// Nanoseconds of one batch of reads, and a sum that the compiler cannot leave out.
func measure(
    _ reader: ServiceReader, keys: UInt64, reads: Int, batch: Int
) throws -> (nanoseconds: Double, sum: Float) {
    var numbers = Numbers()
    var sum: Float = 0
    let width = try reader.vectorWidth()
    let vectors = UnsafeMutableBufferPointer<Float>.allocate(capacity: batch * width)
    let asked = UnsafeMutableBufferPointer<Int64>.allocate(capacity: batch)
    defer {
        vectors.deallocate()
        asked.deallocate()
    }
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    let now = Timestamp.now
    let elapsed = try ContinuousClock().measure {
        for _ in 0..<reads {
            for row in 0..<batch { asked[row] = Int64(numbers.next() % keys) }
            if batch == 1 {
                try reader.readVector(asked[0], at: now, into: vectors)
            } else {
                let keys = PlainKeys(count: batch, numbers: UnsafeBufferPointer(asked), texts: nothing)
                try reader.readVectors(keys, at: now, into: vectors)
            }
            sum += vectors[batch * width - 1]
        }
    }
    return (elapsed / .nanoseconds(1) / Double(reads), sum)
}

let arguments = CommandLine.arguments
guard arguments.count == 7, arguments[1] == "online", let keys = UInt64(arguments[4]), let reads = Int(arguments[5]),
    let batch = Int(arguments[6])
else {
    print("usage: fstore-bench online PROJECT SERVICE KEYS READS BATCH")
    exit(2)
}
let store = try FeatureStore(opening: arguments[2])
// Views may have features of the same names.
let reader = try store.onlineReader(for: .service(arguments[3]), fullNames: true)
_ = try measure(reader, keys: keys, reads: reads / 4 + 1, batch: batch)
let (nanoseconds, sum) = try measure(reader, keys: keys, reads: reads, batch: batch)
print("ours", nanoseconds)
FileHandle.standardError.write(Data("sum \(sum)\n".utf8))
