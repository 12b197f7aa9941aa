import Foundation
import Testing

@testable import Columnar

@Suite struct CSVPropertyTests {
    /// RFC 4180, one character at a time: records of fields, nil for an empty field without quotes.
    private static func obviousRecords(_ text: [UInt8]) -> [[String?]] {
        var records: [[String?]] = []
        var record: [String?] = []
        var field: [UInt8] = []
        var wasQuoted = false
        var isInQuotes = false
        var i = 0
        func at(_ i: Int) -> UInt8? { i < text.count ? text[i] : nil }
        func endField() {
            record.append(field.isEmpty && !wasQuoted ? nil : String(decoding: field, as: UTF8.self))
            field = []
            wasQuoted = false
        }
        while let character = at(i) {
            let isLineEnd = character == 10 || character == 13 && at(i + 1) == 10
            if isInQuotes {
                if character != 34 {
                    field.append(character)
                } else if at(i + 1) == 34 {
                    field.append(34)
                    i += 1
                } else {
                    isInQuotes = false
                }
            } else if character == 34, field.isEmpty, !wasQuoted {
                isInQuotes = true
                wasQuoted = true
            } else if character == 44 {
                endField()
            } else if isLineEnd {
                if character == 13 { i += 1 }
                endField()
                records.append(record)
                record = []
            } else {
                field.append(character)
            }
            i += 1
        }
        if !record.isEmpty || !field.isEmpty || wasQuoted {
            endField()
            records.append(record)
        }
        return records
    }

    private static func randomField(_ random: inout SeededGenerator) -> String {
        let characters = ["a", "b", " ", "é", "😀", "\u{1}", "7", "0", "'", "-"]
        let special = [",", "\"", "\n", "\r", "\r\n", "\"\""]
        let isQuoted = Bool.random(using: &random)
        var text = ""
        for _ in 0..<Int.random(in: 0...14, using: &random) {
            let isSpecial = isQuoted && Int.random(in: 0..<3, using: &random) == 0
            text += (isSpecial ? special : characters).randomElement(using: &random) ?? ""
        }
        return isQuoted ? "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : text
    }

    @Test func randomFilesReadAsAnObviousParserReadsThem() throws {
        for seed in UInt64(1)...300 {
            var random = SeededGenerator(seed: seed)
            let width = Int.random(in: 2...5, using: &random)
            var text = (0..<width).map { "c\($0)" }.joined(separator: ",")
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                text += Bool.random(using: &random) ? "\n" : "\r\n"
                text += (0..<width).map { _ in Self.randomField(&random) }.joined(separator: ",")
            }
            if Bool.random(using: &random) { text += "\n" }
            let expected = Self.obviousRecords(Array(text.utf8)).dropFirst()
            let file = TemporaryFile(text: text)
            let reader = try CSVReader(path: file.path, windowBytes: Int.random(in: 4...200, using: &random))
            let columns = (0..<width).map { (name: "c\($0)", type: DataType.string) }
            var rows: [[String?]] = []
            while let batch = try reader.read(columns: columns, maximumRows: Int.random(in: 1...9, using: &random)) {
                for row in 0..<batch.rowCount {
                    rows.append(
                        batch.columns.map { column in
                            if case .string(let text) = column.value(at: row) { text } else { nil }
                        })
                }
            }
            #expect(rows == Array(expected), "seed \(seed)")
        }
    }

    @Test func damagedFilesFailOrReadButNeverTrap() {
        for seed in UInt64(1)...500 {
            var random = SeededGenerator(seed: seed)
            let alphabet: [UInt8] = [34, 34, 44, 44, 10, 13, 97, 48, 49, 46, 45, 0, 0xff, 0xc3, 0xef, 91, 93, 101]
            let bytes =
                Array("a,b\n".utf8)
                + (0..<Int.random(in: 0...200, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let file = TemporaryFile(bytes: bytes)
            let types: [DataType] = [
                .string, .int8, .float32, .bool, .instant, .date32, .binary, .fixedSizeList(.float32, 1),
            ]
            do {
                let reader = try CSVReader(path: file.path, windowBytes: 8)
                let type = types.randomElement(using: &random) ?? .string
                while let batch = try reader.read(
                    columns: [("b", type), ("a", .string)], maximumRows: 3, onBadRow: { _, _ in })
                {
                    #expect(batch.rowCount > 0 && batch.rowCount <= 3, "seed \(seed)")
                }
                _ = try CSVReader.inferTypes(path: file.path)
            } catch {
                #expect(!error.message.isEmpty, "seed \(seed)")
            }
        }
    }
}

@Suite struct NumberTextTests {
    private func parse<T>(_ text: String, _ parse: (UnsafeRawBufferPointer) -> T?) -> T? {
        var text = text
        return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    /// Decimal text of many shapes: random bits, short decimals, many digits, near the ends of the range.
    private func randomDecimal(_ random: inout SeededGenerator) -> String {
        let sign = Bool.random(using: &random) ? "-" : ""
        func digits(_ count: Int) -> String {
            (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
        }
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return Double(
                bitPattern: random.next() & ~(0x7ff << 52) | UInt64.random(in: 1...2046, using: &random) << 52
            ).description
        case 1: return Float(bitPattern: UInt32.random(in: 1...0x7f7f_ffff, using: &random)).description
        case 2: return sign + digits(3) + "." + digits(Int.random(in: 0...4, using: &random))
        case 3:
            return sign + digits(Int.random(in: 1...30, using: &random)) + "."
                + digits(Int.random(in: 0...30, using: &random))
        default: return sign + digits(2) + "." + digits(6) + "e\(Int.random(in: -50...45, using: &random))"
        }
    }

    @Test func floatsAreTheNearestOnes() {
        for seed in UInt64(1)...40_000 {
            var random = SeededGenerator(seed: seed)
            let text = randomDecimal(&random)
            let double = Double(text).flatMap { $0.isFinite ? $0 : nil }
            let float = Float(text).flatMap { $0.isFinite ? $0 : nil }
            #expect(parse(text, NumberText.double)?.bitPattern == double?.bitPattern, "seed \(seed): \(text)")
            #expect(parse(text, NumberText.float)?.bitPattern == float?.bitPattern, "seed \(seed): \(text)")
        }
    }

    @Test func halfwayBetweenTwoFloatsRoundsOnce() {
        // Just above half a unit in the last place of 16777216: through a double it would round to even, downwards.
        for text in ["16777217.000000001", "16777217", "16777219", "8388608.50000000001", "1.00000005960464477540"] {
            #expect(parse(text, NumberText.float)?.bitPattern == Float(text)?.bitPattern, "\(text)")
        }
    }

    @Test(arguments: ["", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x1p3", "1_000", "1 2", "--1", "infinit", "1,5", "١"])
    func textThatIsNoNumberIsRefused(text: String) {
        #expect(parse(text, NumberText.double) == nil)
        #expect(parse(text, NumberText.float) == nil)
        #expect(parse(text) { NumberText.integer($0, as: Int64.self) } == nil)
    }

    @Test func integersAreExactToTheirLimits() {
        for number in [Int64.min, .min + 1, -1, 0, 1, .max - 1, .max] {
            #expect(parse(String(number)) { NumberText.integer($0, as: Int64.self) } == number)
        }
        for text in ["9223372036854775808", "-9223372036854775809", "99999999999999999999", "1.01", "1.", ".0"] {
            #expect(parse(text) { NumberText.integer($0, as: Int64.self) } == nil, "\(text)")
        }
        #expect(parse("+007.000") { NumberText.integer($0, as: Int8.self) } == 7)
        #expect(parse("18446744073709551615") { NumberText.integer($0, as: UInt64.self) } == .max)
        #expect(parse("18446744073709551616") { NumberText.integer($0, as: UInt64.self) } == nil)
    }
}
