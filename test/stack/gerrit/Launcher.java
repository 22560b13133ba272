// SPDX-License-Identifier: Apache-2.0
import com.google.gerrit.pgm.util.AbstractProgram;
import java.util.Arrays;

/** Runs one of Gerrit's programs (Init, Daemon): the library jars name no main class. */
public class Launcher {
  public static void main(String[] args) throws Exception {
    Class<?> program = Class.forName("com.google.gerrit.pgm." + args[0]);
    AbstractProgram made = (AbstractProgram) program.getDeclaredConstructor().newInstance();
    System.exit(made.main(Arrays.copyOfRange(args, 1, args.length)));
  }
}
