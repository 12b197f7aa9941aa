import Columnar
import Foundation
import Testing

/// Python, for other implementations' opinion: the interpreter that `FSTORE_PYTHON` names.
private let python = ProcessInfo.processInfo.environment["FSTORE_PYTHON"]

private func runPython(_ script: String, _ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(python))
    process.arguments = ["-c", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
}

@Suite(.enabled(if: python != nil, "set FSTORE_PYTHON to a Python interpreter to compare with its csv module"))
struct CSVInteropTests {
    /// Writes the same random rows as CSV and, for the comparison, as hexadecimal text.
    private static let writeRandomRows = """
        import csv, random, sys
        path, seed = sys.argv[1], int(sys.argv[2])
        random.seed(seed)
        alphabet = ['a', 'b', ' ', ',', '"', '\\n', '\\r', '\\r\\n', 'é', '😀', "'", '\\t', '0']
        rows = [[''.join(random.choices(alphabet, k=random.randrange(8))) for _ in range(3)] for _ in range(200)]
        with open(path, 'w', newline='', encoding='utf-8') as file:
            style = random.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC])
            writer = csv.writer(file, quoting=style, lineterminator=random.choice(['\\n', '\\r\\n']))
            writer.writerow(['a', 'b', 'c'])
            writer.writerows(rows)
        for row in rows:
            print(' '.join(cell.encode().hex() or '-' for cell in row))
        """

    private static let readRows = """
        import csv, sys
        with open(sys.argv[1], newline='', encoding='utf-8') as file:
            for row in list(csv.reader(file))[1:]:
                print(' '.join(cell.encode().hex() or '-' for cell in row))
        """

    private func hexadecimal(_ table: Table) -> [String] {
        (0..<table.rowCount).map { row in
            table.columns.map { column in
                guard case .string(let text) = column.value(at: row), !text.isEmpty else { return "-" }
                return text.utf8.map { String(format: "%02x", $0) }.joined()
            }.joined(separator: " ")
        }
    }

    @Test(arguments: 1...10)
    func pythonAndWeReadEachOthersFiles(seed: Int) throws {
        let theirs = TemporaryFile()
        let expected = try runPython(Self.writeRandomRows, theirs.path, String(seed))
        let columns = ["a", "b", "c"].map { (name: $0, type: DataType.string) }
        let table = try #require(try CSVReader(path: theirs.path).read(columns: columns))
        #expect(hexadecimal(table) == expected.split(separator: "\n").map(String.init), "seed \(seed)")

        let ours = TemporaryFile()
        let writer = try CSVWriter(path: ours.path, fields: table.fields)
        try writer.write(table)
        try writer.close()
        #expect(try runPython(Self.readRows, ours.path) == expected, "seed \(seed)")
    }
}
