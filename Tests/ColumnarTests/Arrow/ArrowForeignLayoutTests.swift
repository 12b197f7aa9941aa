import CArrowABI
import Testing

@testable import Columnar

/// Layouts that other libraries use and we do not export, written down byte by byte.
@Suite struct ArrowForeignLayoutTests {
    private static func read(_ column: ForeignArrayText) throws -> Column {
        var stream = ArrowArrayStream()
        ForeignProducer(column: column).lend(to: &stream)
        return try ArrowImport.table(from: &stream).columns[0]
    }

    private static let strings = ForeignArrayText(
        format: "u", length: 3, nullCount: 1, buffers: [[0b101], littleEndian([Int32(0), 1, 1, 3]), Array("abc".utf8)])

    @Test(arguments: [("u", false), ("z", false), ("U", true), ("Z", true)])
    func stringsAndBytesOfEitherOffsetWidth(format: String, isWide: Bool) throws {
        var text = Self.strings
        text.format = format
        if isWide { text.buffers[1] = littleEndian([Int64(0), 1, 1, 3]) }
        let expected: [Value] =
            format.lowercased() == "u"
            ? [.string("a"), .null, .string("bc")] : [.bytes([97]), .null, .bytes([98, 99])]
        #expect(try Self.read(text).allValues == expected)
        text.offset = 1
        text.length = 2
        text.nullCount = -1
        text.buffers[0] = [0b101]
        #expect(try Self.read(text).allValues == Array(expected[1...]))
    }

    @Test func misalignedOffsetsAndValuesAreCopied() throws {
        // An array's own offset cannot misalign it, so lend a buffer at an odd address by hand.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 33, alignment: 8)
        defer { memory.deallocate() }
        let odd = memory + 1
        for i in 0..<4 { odd.storeBytes(of: Int64(i * 10), toByteOffset: i * 8, as: Int64.self) }
        let buffers = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: 2)
        defer { buffers.deallocate() }
        buffers[0] = nil
        buffers[1] = UnsafeRawPointer(odd)
        var array = ArrowArray()
        array.length = 3
        array.offset = 1
        array.n_buffers = 2
        array.buffers = buffers
        let column = try ForeignArray(array, batch: ForeignBatch(ArrowArray())).column(.fixedWidth(.int64), rows: 0..<3)
        #expect(column.allValues == [.int(10), .int(20), .int(30)])
        #expect(Int(bitPattern: column.values.base) % 8 == 0)
    }

    @Test func stringViewsShortAndLong() throws {
        let long = "longer than twelve"
        func view(_ text: String, at place: Int32 = 0, in buffer: Int32 = 0) -> [UInt8] {
            let bytes = Array(text.utf8)
            let length = littleEndian([Int32(bytes.count)])
            if bytes.count <= 12 { return length + bytes + Array(repeating: 0, count: 12 - bytes.count) }
            return length + bytes[..<4] + littleEndian([buffer, place])
        }
        let garbage = Array(repeating: UInt8(0xff), count: 16)
        let text = ForeignArrayText(
            format: "vu", length: 4, nullCount: 1, offset: 1,
            buffers: [
                [0b11011], view("no") + view("short") + garbage + view("exactly 12 b") + view(long, at: 3, in: 1),
                [], Array(("###" + long).utf8), littleEndian([Int64(0), Int64(3 + long.utf8.count)]),
            ])
        #expect(try Self.read(text).allValues == [.string("short"), .null, .string("exactly 12 b"), .string(long)])
        var bytes = text
        bytes.format = "vz"
        #expect(try Self.read(bytes).value(at: 0) == .bytes(Array("short".utf8)))
    }

    @Test(arguments: ["c", "C", "s", "S", "i", "I", "l", "L"])
    func dictionariesAreDecoded(format: String) throws {
        let width = ["c": 1, "s": 2, "i": 4, "l": 8][format.lowercased()] ?? 0
        let indices = [2, 0, 255, 0].flatMap { index in
            (0..<width).map { $0 == 0 || index == 255 ? UInt8(index) : 0 }
        }
        let text = ForeignArrayText(
            format: format, length: 4, nullCount: 1, buffers: [[0b1011], indices], dictionary: [Self.strings])
        #expect(try Self.read(text).allValues == [.string("bc"), .string("a"), .null, .string("a")])
        let slice = ForeignArrayText(
            format: format, length: 2, nullCount: -1, offset: 1, buffers: [[0b1011], indices],
            dictionary: [Self.strings])
        #expect(try Self.read(slice).allValues == [.string("a"), .null])
    }

    @Test func columnsOfNothingButNullsAreStrings() throws {
        let column = try Self.read(ForeignArrayText(format: "n", length: 3, nullCount: 3))
        #expect(column.type == .string)
        #expect(column.allValues == [.null, .null, .null])
    }

    @Test func bytesOfOneLength() throws {
        let text = ForeignArrayText(
            format: "w:2", length: 2, nullCount: 1, offset: 1, buffers: [[0b011], [9, 9, 1, 2, 3, 4]])
        #expect(try Self.read(text).allValues == [.bytes([1, 2]), .null])
    }

    @Test func datesInMillisecondsAreTimes() throws {
        let text = ForeignArrayText(format: "tdm", length: 1, buffers: [nil, littleEndian([Int64(86_400_000)])])
        let column = try Self.read(text)
        #expect(column.type == .timestamp(.milliseconds, zone: nil))
        #expect(column.allValues == [.int(86_400_000)])
    }

    @Test func listsWithOffsetsOfTheirOwnAndOfTheirElements() throws {
        let numbers = ForeignArrayText(
            name: "item", format: "s", length: 4, offset: 1, buffers: [nil, littleEndian([Int16(9), 1, 2, 3, 4])])
        let list = ForeignArrayText(
            format: "+l", length: 2, offset: 1, buffers: [nil, littleEndian([Int32(0), 1, 3, 4])], children: [numbers])
        #expect(try Self.read(list).allValues == [.list([.int(2), .int(3)]), .list([.int(4)])])
        let vectors = ForeignArrayText(
            format: "+w:2", length: 1, offset: 1, buffers: [nil], children: [numbers])
        #expect(try Self.read(vectors).allValues == [.list([.int(3), .int(4)])])
    }

    @Test func aBatchesOffsetHoldsForItsColumns() throws {
        let numbers = ForeignArrayText(
            format: "l", length: 4, nullCount: 1, offset: 1,
            buffers: [[0b10111], littleEndian([Int64(0), 1, 2, 3, 4])])
        let bits = ForeignArrayText(name: "b", format: "b", length: 4, buffers: [nil, [0b1010]])
        var stream = ArrowArrayStream()
        ForeignProducer([.batch([numbers, bits], length: 2, offset: 2)]).lend(to: &stream)
        let table = try ArrowImport.table(from: &stream)
        #expect(table.columns.map(\.allValues) == [[.null, .int(4)], [.bool(false), .bool(true)]])
    }

    @Test func emptyArraysMayLackTheirBuffers() throws {
        for format in ["l", "b", "u", "U", "w:4", "i"] {
            let count = format.lowercased() == "u" ? 3 : 2
            let text = ForeignArrayText(format: format, length: 0, buffers: Array(repeating: nil, count: count))
            var stream = ArrowArrayStream()
            ForeignProducer([.batch([text])]).lend(to: &stream)
            #expect(try ArrowImport.table(from: &stream).rowCount == 0)
            let elements = ForeignArrayText(
                format: "+l", length: 1, buffers: [nil, littleEndian([Int32(0), 0])], children: [text])
            #expect(try Self.read(elements).allValues == [.list([])])
        }
    }

    @Test func emptyBatchesAndSeveralAreJoined() throws {
        func batch(_ values: [Int64]) -> ForeignArrayText {
            .batch([ForeignArrayText(format: "l", length: Int64(values.count), buffers: [nil, littleEndian(values)])])
        }
        let producer = ForeignProducer([batch([]), batch([1]), batch([]), batch([2, 3]), batch([])])
        var stream = ArrowArrayStream()
        producer.lend(to: &stream)
        #expect(try ArrowImport.table(from: &stream).columns[0].allValues == [.int(1), .int(2), .int(3)])
        #expect(producer.batchesReleased == 5)
    }
}
