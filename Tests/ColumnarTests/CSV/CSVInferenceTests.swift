import Columnar
import Testing

@Suite struct CSVInferenceTests {
    private func type(of values: String..., nullTexts: Set<String> = [""]) throws -> DataType {
        let file = TemporaryFile(text: "a,b\n" + values.map { "\($0),\n" }.joined())
        return try CSVReader.inferTypes(path: file.path, nullTexts: nullTexts)[0].type
    }

    @Test func valuesDecideTheType() throws {
        #expect(try type(of: "1", "-20", "") == .int64)
        #expect(try type(of: "1", "2.5", "nan") == .float64)
        #expect(try type(of: "true", "False", "") == .bool)
        #expect(try type(of: "0", "1") == .int64)
        #expect(try type(of: "2013-01-01", "2013-01-02") == .date32)
        #expect(try type(of: "2013-01-01", "2013-01-02T10:00:00+01:00") == .instant)
        #expect(try type(of: "a", "1") == .string)
        #expect(try type(of: "", "\"\"") == .string)
        #expect(try type(of: "1", "NA", nullTexts: ["NA"]) == .int64)
        #expect(try type(of: "\"1\"", "\"2\"") == .int64)
    }

    @Test func namesMadeOfDigitsStayStrings() throws {
        #expect(try type(of: "007", "123") == .string)
        #expect(try type(of: "+4912345") == .string)
        #expect(try type(of: "12345678901234567890") == .string)
        #expect(try type(of: "9007199254740993", "0.5") == .string)
        #expect(try type(of: "0.5", "9007199254740993") == .string)
        #expect(try type(of: "0.5", "9007199254740992") == .float64)
        #expect(try type(of: "0", "-0.5", "0.25") == .float64)
    }

    @Test func columnsWithoutANameAreLeftOut() throws {
        let file = TemporaryFile(text: ",x,\n0,1.5,\n1,2.5,\n")
        let types = try CSVReader.inferTypes(path: file.path)
        #expect(types.map(\.name) == ["x"] && types.map(\.type) == [.float64])
    }

    @Test func onlyTheSampleIsLookedAt() throws {
        let file = TemporaryFile(text: "a\n1\n2\nx\n")
        #expect(try CSVReader.inferTypes(path: file.path, sampleRows: 2)[0].type == .int64)
        #expect(try CSVReader.inferTypes(path: file.path)[0].type == .string)
    }
}
