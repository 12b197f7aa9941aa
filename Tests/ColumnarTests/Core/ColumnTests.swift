import Testing

@testable import Columnar

@Suite struct ColumnTests {
    static let samples: [(DataType, [Value])] = [
        (.bool, [.bool(true), .null, .bool(false), .bool(true), .bool(true)]),
        (.int32, [.int(-1), .int(Int64(Int32.max)), .null, .int(0), .int(7)]),
        (.float32, [.float32(1.5), .null, .float32(-0.0), .float32(.infinity), .float32(3)]),
        (.string, [.string("a"), .string(""), .null, .string("é"), .string("long enough to move")]),
        (.binary, [.bytes([0, 255]), .bytes([]), .null, .bytes([1]), .bytes([2])]),
        (.instant, [.timestamp(Timestamp(microseconds: -1)), .null, .timestamp(.distantFuture), .null, .null]),
        (.list(.int64), [.list([]), .null, .list([.int(1), .null]), .list([.int(2)]), .list([])]),
        (
            .fixedSizeList(.float32, 2),
            [.list([.float32(1), .float32(2)]), .null, .list([.float32(3), .float32(4)]), .null, .null]
        ),
    ]

    @Test(arguments: samples.indices)
    func holdsTakesSlicesAndJoinsValues(sample: Int) {
        let (type, values) = Self.samples[sample]
        let column = Column(type, values)
        #expect(column.allValues == values)
        #expect(column.nullCount == values.filter { $0 == .null }.count)
        #expect(column.slice(1..<4).allValues == Array(values[1..<4]))
        #expect(column.slice(1..<4).slice(1..<3).allValues == Array(values[2..<4]))
        let indices: [Int32] = [4, 0, -1, 2, 2, 1]
        let taken = indices.withUnsafeBufferPointer { column.taking($0) }
        #expect(taken.allValues == indices.map { $0 < 0 ? .null : values[Int($0)] })
        let sliceTaken = [Int32(1), 0].withUnsafeBufferPointer { column.slice(2..<4).taking($0) }
        #expect(sliceTaken.allValues == [values[3], values[2]])
        let joined = Column.concatenating([column, column.slice(1..<4), column.slice(0..<0)], type: type)
        #expect(joined.allValues == values + values[1..<4])
    }

    @Test func bitmapsCountAndReadWordsAtAnyOffset() {
        let bits = (0..<300).map { $0 % 3 == 0 || $0 % 7 == 1 }
        let bitmap = Bitmap(bits)
        for start in [0, 1, 7, 8, 63, 64, 65, 130] {
            let slice = bitmap.slice(start..<300)
            #expect(slice.countSetBits() == bits[start...].filter { $0 }.count)
            let word = slice.word(at: 3)
            for bit in 0..<64 where start + 3 + bit < 300 {
                #expect((word >> UInt64(bit) & 1 == 1) == bits[start + 3 + bit])
            }
        }
    }

    @Test func buildersRefuseWhatDoesNotFit() {
        var builder = ColumnBuilder(.int8)
        let accepted = [Value.int(128), .string("1"), .int(127)].map { builder.append($0) }
        #expect(accepted == [false, false, true])
        #expect(builder.finish().allValues == [.int(127)])
    }
}
