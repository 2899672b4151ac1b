/// What came of one scenario of a test through the running core.
package struct TestResult: Sendable {
    /// In the order of the test, from 1.
    package var number: Int
    package var title: String
    /// Where the specification lays down what must happen.
    package var clause: String
    /// What is not as it must be, each in a sentence.
    package var problems: [String]
    package var exchange: Exchange
    package var milliseconds: Double
    package var diagnosis: Diagnosis?

    /// Whether its ladder is drawn when all went well.
    package var isExample = false

    package var isPassed: Bool { problems.isEmpty }
}
