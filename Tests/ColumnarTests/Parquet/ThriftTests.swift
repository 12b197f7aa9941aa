import Testing

@testable import Columnar

@Suite struct ThriftTests {
    /// One field of each kind, as it was written and as it is read.
    private struct Everything: Equatable {
        var small: Int8 = 0
        var medium: Int32 = 0
        var large: Int64 = 0
        var flag = false
        var text = ""
        var bytes: [UInt8] = []
        var texts: [String] = []
        var numbers: [Int32] = []
        var nested: [Int64] = []

        init() {}

        init(_ random: inout SeededGenerator) {
            small = .random(in: .min ... .max, using: &random)
            medium = [0, -1, .min, .max, .random(in: -300...300, using: &random)].randomElement(using: &random) ?? 0
            large = [0, -1, .min, .max, .random(in: -300...300, using: &random)].randomElement(using: &random) ?? 0
            flag = .random(using: &random)
            text = String(repeating: "é", count: .random(in: 0...200, using: &random))
            bytes = (0..<Int.random(in: 0...200, using: &random)).map { UInt8($0) }
            texts = (0..<Int.random(in: 0...20, using: &random)).map { String($0) }
            numbers = (0..<Int.random(in: 0...20, using: &random)).map { Int32($0) * 1000 - 7 }
            nested = (0..<Int.random(in: 0...20, using: &random)).map { Int64($0) << 40 }
        }

        func write() -> Buffer {
            var writer = ThriftWriter()
            writer.structure { fields in
                fields.field(1, small)
                fields.field(2, medium)
                fields.field(4, large)
                fields.field(20, flag)
                fields.field(200, text)
                fields.field(201, bytes: bytes)
                fields.field(202, strings: texts)
                fields.field(203, integers: numbers)
                fields.field(204) { $0.field(1, structures: nested.count) { $0.field(3, nested[$1]) } }
            }
            return writer.buffer.freeze()
        }

        init(reading buffer: Buffer) throws {
            var reader = ThriftReader(buffer.bytes)
            var read = Everything()
            try reader.structure { (reader, id, kind) throws(ThriftReader.Failure) in
                switch (id, kind) {
                case (1, .int8): read.small = try reader.int8()
                case (2, .int32): read.medium = try reader.int32()
                case (4, .int64): read.large = try reader.integer()
                case (20, .true): read.flag = true
                case (20, .false): read.flag = false
                case (200, .binary): read.text = try reader.string()
                case (201, .binary): read.bytes = Array(try reader.binary())
                case (202, .list):
                    try reader.list { (r) throws(ThriftReader.Failure) in read.texts.append(try r.string()) }
                case (203, .list):
                    try reader.list { (r) throws(ThriftReader.Failure) in read.numbers.append(try r.int32()) }
                case (204, .structure):
                    try reader.structure { (r, _, _) throws(ThriftReader.Failure) in
                        try r.list { (r) throws(ThriftReader.Failure) in
                            try r.structure { (r, _, _) throws(ThriftReader.Failure) in
                                read.nested.append(try r.integer())
                                return true
                            }
                        }
                        return true
                    }
                default: return false
                }
                return true
            }
            self = read
        }
    }

    @Test(arguments: 1...50)
    func randomStructuresComeBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let written = Everything(&random)
        #expect(try Everything(reading: written.write()) == written, "seed \(seed)")
    }

    @Test func unknownFieldsOfEveryKindAreSkipped() throws {
        var random = SeededGenerator(seed: 1)
        let buffer = Everything(&random).write()
        var reader = ThriftReader(buffer.bytes)
        try withExtendedLifetime(buffer) {
            try reader.structure { (_, _, _) throws(ThriftReader.Failure) in false }
        }
        #expect(reader.position == buffer.count)
    }

    @Test func everyTruncationIsAFailure() {
        var random = SeededGenerator(seed: 2)
        let buffer = Everything(&random).write()
        for length in 0..<buffer.count {
            #expect(throws: ThriftReader.Failure.self, "\(length) bytes") {
                try Everything(reading: buffer.slice(0..<length))
            }
        }
    }

    private static func skip(_ kind: ThriftReader.Kind, in bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var reader = ThriftReader(bytes)
            try reader.skip(kind)
        }
    }

    @Test func structuresAndListsThatNestWithoutEndAreAFailure() {
        for (kind, header) in [(ThriftReader.Kind.structure, UInt8(0x1c)), (.list, 0x19)] {
            #expect(throws: ThriftReader.Failure.self) {
                try Self.skip(kind, in: [UInt8](repeating: header, count: 100_000))
            }
        }
    }

    @Test func aListIsNeverBelievedToBeLongerThanItsBytes() {
        #expect(throws: ThriftReader.Failure.self) {
            try Self.skip(.list, in: [0xf8, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0])
        }
    }

    @Test(arguments: 1...10)
    func randomBytesAreReadOrRefused(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var original = Everything(&random).write().array
        for _ in 0..<300 {
            original[Int.random(in: 0..<original.count, using: &random)] = .random(in: 0...255, using: &random)
            // The promise is only that it ends without a trap.
            _ = try? Everything(reading: Buffer(copying: original))
        }
    }
}
